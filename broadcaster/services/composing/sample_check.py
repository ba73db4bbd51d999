"""The check of a letter that no campaign sends yet, by the message that an invented person would get."""

from collections.abc import Iterable, Iterator, Sequence

from broadcaster.config import CampaignSettings, Settings
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Problem
from broadcaster.letters.compiling.compiler import REQUIRED_PARTS, Compiler
from broadcaster.letters.filling.skeleton import Skeleton, SmsSkeleton
from broadcaster.letters.model.letter import Letter
from broadcaster.letters.reading.recipient_fields import fields_used
from broadcaster.letters.rendering.fragments import Links
from broadcaster.letters.rules.lint import FilledSample, LintRules, lint
from broadcaster.letters.rules.typed_text import typed_text_problems
from broadcaster.letters.translating.comparison import translation_problems
from broadcaster.services.composing.links import sample_links
from broadcaster.services.composing.sender import signatory_sender
from broadcaster.services.composing.sms_rules import required_opt_out_links
from broadcaster.services.composing.template_context import template_context_by_language
from broadcaster.services.project.project import ProjectView

SAMPLE_WORD = "Sample"
"""The value of each column of the invented person."""


def check_sample_letter(project: ProjectView, letter: Letter, languages: Iterable[str]) -> Iterator[Problem]:
    """The problems of a letter in these languages, on each channel that it is written for.

    Its signatory and helplines must be in config.yaml. Problems that only certain people meet (a branch, an empty
    column) show when a campaign names an audience.
    """
    settings = project.settings
    campaign = CampaignSettings.of_letter(letter.name)
    context = template_context_by_language(settings, campaign, letter, project.wall_now())
    compiler = Compiler(letter, context)  # allows any link, so that lint finds all to other hosts, not only the first
    rules = lint_rules(settings, letter)
    for language in languages:
        yield from source_problems(letter, language)
        for channel in Channel:
            if not letter.parts(language).issuperset(REQUIRED_PARTS[channel]):
                continue
            try:
                skeleton, values = _compile_sample(project, compiler, language, channel)
                sample = make_lint_sample(skeleton, values, sample_links(settings.public_url), letter)
                yield from lint(sample, rules)
            except ProblemsFoundError as error:
                yield from error.problems
            except BroadcasterError as error:
                file = error.file or f"templates/{letter.path(language)}"
                yield Problem.error(error.code, error.message, error.remedy, file=file, line=error.line)


def source_problems(letter: Letter, language: str) -> Iterator[Problem]:
    """The problems of one language's file, which show without a message."""
    yield from translation_problems(letter, language)
    yield from typed_text_problems(letter, language)


def lint_rules(settings: Settings, letter: Letter) -> LintRules:
    """The rules for the messages of a letter: its own, and those of this project."""
    ways_out = required_opt_out_links(settings, settings.signatories[letter.signatory])
    return LintRules(letter.never_say, letter.must_say, settings.allowed_link_hosts, ways_out)


def _compile_sample(
    project: ProjectView, compiler: Compiler, language: str, channel: Channel
) -> tuple[Skeleton, tuple[str, ...]]:
    letter = compiler.letter
    fields = dict.fromkeys(("name", *fields_used(letter, language)), SAMPLE_WORD)
    trace = compiler.trace(language, fields, channel)
    if channel is Channel.SMS:
        return compiler.sms(trace.skeleton), trace.values
    signatory = project.settings.signatories[letter.signatory]
    return compiler.email(trace.skeleton, signatory_sender(project, letter.name, signatory, language)), trace.values


def make_lint_sample(skeleton: Skeleton, values: Sequence[str], links: Links, letter: Letter) -> FilledSample:
    """The message that these values make of a skeleton, for `lint`."""
    file = f"templates/{letter.path(skeleton.language)}"
    if isinstance(skeleton, SmsSkeleton):
        line = letter.line_of(skeleton.language, "sms")
        return FilledSample(skeleton.language, file, sms=skeleton.fill(values, links).body, sms_line=line)
    return FilledSample(
        skeleton.language,
        file,
        subject=skeleton.subject(values, links),
        preheader=skeleton.preheader(values, links) or None,
        text=skeleton.text(values, links),
        links=skeleton.links_in(values, links),
    )
