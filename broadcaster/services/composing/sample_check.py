"""Letters that no campaign sends yet, looked over as an invented person would get them."""

from collections.abc import Iterable, Iterator, Sequence

from broadcaster.config import Campaign
from broadcaster.domain.channels import Channel
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Problem
from broadcaster.letters import Compiler, Letter, Links, Skeleton, SmsSkeleton, fields_used
from broadcaster.letters.compiler import NEEDS
from broadcaster.letters.rules.lint import Rules, Sample, lint
from broadcaster.letters.translation import translation_problems
from broadcaster.letters.typed import typed_problems
from broadcaster.services.composing.links import sample_links
from broadcaster.services.composing.sender import sender_of
from broadcaster.services.composing.sms_rules import ways_out
from broadcaster.services.composing.template_context import surroundings
from broadcaster.services.project.project import ProjectView

WORD = "Sample"
"""What stands in every column of the invented person."""


def look_over(project: ProjectView, letter: Letter, languages: Iterable[str]) -> Iterator[Problem]:
    """What is wrong with what this letter says, in each of these languages and each channel that it is written for.

    Its signatory and helplines must be in config.yaml. What only shows with certain people (a branch, an empty column)
    shows as soon as a campaign names an audience.
    """
    settings = project.settings
    alone = Campaign.of_letter(letter.name)
    around = surroundings(settings, alone, letter, project.wall_now())
    compiler = Compiler(letter, around)  # lint tells of every link that leads elsewhere, not only of the first
    signatory = settings.signatories[letter.signatory]
    rules = Rules(letter.never_say, letter.must_say, settings.allowed_link_hosts, ways_out(settings, signatory))
    for language in languages:
        yield from translation_problems(letter, language)
        yield from typed_problems(letter, language)
        for channel in Channel:
            if not letter.parts(language).issuperset(NEEDS[channel]):
                continue
            try:
                skeleton, values = _compiled(project, compiler, language, channel)
                found = sample(skeleton, values, sample_links(settings.public_url), letter)
                yield from lint(found, rules)
            except ProblemsFoundError as error:
                yield from error.problems
            except BroadcasterError as error:
                file = error.file or f"templates/{letter.path(language)}"
                yield Problem.error(error.code, error.message, error.remedy, file=file, line=error.line)


def _compiled(
    project: ProjectView, compiler: Compiler, language: str, channel: Channel
) -> tuple[Skeleton, tuple[str, ...]]:
    letter = compiler.letter
    fields = dict.fromkeys(("name", *fields_used(letter, language)), WORD)
    trace = compiler.trace(language, fields, channel)
    if channel is Channel.SMS:
        return compiler.sms(trace.skeleton), trace.values
    signatory = project.settings.signatories[letter.signatory]
    return compiler.email(trace.skeleton, sender_of(project, letter.name, signatory, language)), trace.values


def sample(skeleton: Skeleton, values: Sequence[str], links: Links, letter: Letter) -> Sample:
    """A compiled letter as `lint` looks at it, filled with these values."""
    file = f"templates/{letter.path(skeleton.language)}"
    if isinstance(skeleton, SmsSkeleton):
        line = letter.line_of(skeleton.language, "sms")
        return Sample(skeleton.language, file, sms=skeleton.fill(values, links).body, sms_line=line)
    return Sample(
        skeleton.language,
        file,
        subject=skeleton.subject(values, links),
        preheader=skeleton.preheader(values, links) or None,
        text=skeleton.text(values, links),
        links=skeleton.links_in(values, links),
    )
