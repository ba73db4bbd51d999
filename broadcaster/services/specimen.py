"""Letters that no campaign sends yet, looked over as an invented person would get them."""

from collections.abc import Iterator

from broadcaster.config import Campaign
from broadcaster.domain.channels import Channel, ChannelChoice
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Problem
from broadcaster.letters import Compiler, Letter, fields_used
from broadcaster.letters.compiler import NEEDS
from broadcaster.letters.lint import Rules, Sample, lint
from broadcaster.services.links import sample_links
from broadcaster.services.project import Project
from broadcaster.services.sender import sender_of
from broadcaster.services.surroundings import surroundings

WORD = "Sample"
"""What stands in every column of the invented person."""


def look_over(project: Project, letter: Letter) -> Iterator[Problem]:
    """What is wrong with what this letter says, in each language and channel that it is written for.

    Its signatory and helplines must be in config.yaml. What only shows with certain people (a branch, an empty column)
    shows as soon as a campaign names an audience.
    """
    settings = project.settings
    alone = Campaign.model_construct(name=letter.name, letter=letter.name, audiences=(), channel=ChannelChoice.BOTH)
    around = surroundings(settings, alone, letter, project.wall_now())
    compiler = Compiler(letter, around)  # lint tells of every link that leads elsewhere, not only of the first
    rules = Rules(letter.never_say, letter.must_say, settings.allowed_link_hosts)
    for language in letter.languages:
        for channel in Channel:
            if not letter.parts(language).issuperset(NEEDS[channel]):
                continue
            try:
                yield from lint(_sample(project, compiler, language, channel), rules)
            except ProblemsFoundError as error:
                yield from error.problems
            except BroadcasterError as error:
                file = error.file or f"templates/{letter.path(language)}"
                yield Problem.error(error.code, error.message, error.remedy, file=file, line=error.line)


def _sample(project: Project, compiler: Compiler, language: str, channel: Channel) -> Sample:
    letter, links = compiler.letter, sample_links(project.settings.public_url)
    file = f"templates/{letter.path(language)}"
    fields = dict.fromkeys(("name", *fields_used(letter, language)), WORD)
    trace = compiler.trace(language, fields, channel)
    if channel is Channel.SMS:
        return Sample(language, file, sms=compiler.sms(trace.skeleton).fill(trace.values, links).body)
    signatory = project.settings.signatories[letter.signatory]
    skeleton = compiler.email(trace.skeleton, sender_of(project, letter.name, signatory))
    return Sample(
        language,
        file,
        subject=skeleton.subject(trace.values, links),
        text=skeleton.text(trace.values, links),
        links=skeleton.links_in(trace.values, links),
    )
