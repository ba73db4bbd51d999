"""The inspection of a letter as people would get it: the words of each skeleton once, length and cost of each message.

It is a stage of a walk: it excludes people whose row makes a message longer than any provider takes.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.language.language_tags import primary_language
from broadcaster.domain.problems import Problem, Severity
from broadcaster.letters.compiling.compiler import Compiler
from broadcaster.letters.filling.skeleton import EmailSkeleton, Envelope, Skeleton, SmsSkeleton
from broadcaster.letters.model.errors import LinkHostError
from broadcaster.letters.rules.lint import lint
from broadcaster.letters.rules.opt_out import says_how_to_opt_out
from broadcaster.services.composing.links import sample_links
from broadcaster.services.composing.message_lengths import exclude_too_long, length_problem, measure_message
from broadcaster.services.composing.messages import CampaignMessages, PlannedMessage, RowExclusion
from broadcaster.services.composing.sample_check import SAMPLE_WORD, lint_rules, make_lint_sample, source_problems
from broadcaster.services.composing.sender import campaign_sender
from broadcaster.services.composing.sms_rules import check_sms_sender
from broadcaster.services.composing.text_costs import TextCosts
from broadcaster.services.project.project import now

SkeletonKey = tuple[Channel, bytes]
"""A skeleton of the letter: its channel and its key."""

LENGTH_CODES = frozenset({"subject-too-long", "sms-too-long"})
"""The problems of length: the letter's, told once, where it is too long for everybody, else those of single rows."""

MISSING_LANGUAGE = "missing-language"
"""The warning of a language that readers asked for and that the letter lacks: one for each language."""

MAX_LETTER_PROBLEMS = 200
"""Problems that are kept, so that one long letter does not print a line for each of a million people."""


@dataclass(frozen=True, slots=True)
class InspectionFindings:
    """What was found in the messages inspected so far.

    `problems` are MAX_LETTER_PROBLEMS at most and the languages that the letter lacks; `errors` counts the errors among
    all of them. `cost_warnings` tell of values that make text messages cost more, which is no fault of the letter.
    `sms_segments` and `sms_segments_at_most` are as in TextCosts. `no_opt_out` are the languages whose text messages do
    not themselves say how to opt out. `unwritten_languages` are those that readers asked for and that the letter lacks,
    with the number of messages that go out in the letter's fallback instead.
    """

    problems: tuple[Problem, ...]
    errors: int
    cost_warnings: tuple[Problem, ...]
    sms_segments: int
    sms_segments_at_most: int
    no_opt_out: tuple[str, ...]
    unwritten_languages: Mapping[str, int]


class LetterInspection:
    """Inspects the messages of one walk; `inspect` is the stage."""

    def __init__(self, messages: CampaignMessages) -> None:
        letter, settings = messages.letter, messages.project.settings
        self._messages = messages
        self._letter = letter
        self._links = sample_links(settings.public_url)
        self._sender = cache(partial(campaign_sender, messages))
        self._rules = lint_rules(settings, letter)
        self._compiler_of_any_link: Compiler | None = None
        self._skeletons: dict[SkeletonKey, Skeleton | None] = {}
        self._too_long_skeletons: set[SkeletonKey] = set()
        self._readers_without_language: Counter[str] = Counter()
        self._no_opt_out: set[str] = set()
        self._costs = TextCosts(letter)
        self._problems: list[Problem] = []
        self._seen_problems: set[Problem] = set()
        self._errors = 0
        for language in letter.languages:
            for problem in source_problems(letter, language):
                self._add_once(problem)

    def inspect(self, message: PlannedMessage) -> RowExclusion | None:
        """Inspect one message; exclude it where no provider would take it."""
        wanted = message.recipient.language
        if wanted != message.language and primary_language(wanted) != primary_language(message.language):
            self._readers_without_language[wanted] += 1
        key = (message.channel, message.trace.skeleton)
        if key not in self._skeletons:
            self._skeletons[key] = self._inspect_skeleton(message, key)
        skeleton, values = self._skeletons[key], message.trace.values
        if skeleton is None:
            return None
        length = measure_message(skeleton, values, self._links)
        if length.code and key not in self._too_long_skeletons:
            if exclusion := exclude_too_long(message, length):
                return exclusion
            self._add(length_problem(message, length))
        if isinstance(skeleton, SmsSkeleton) and length.text is not None:
            self._costs.add(skeleton, values, length.text, self._links)
        return None

    def findings(self) -> InspectionFindings:
        """What was found so far; all of it after the end of the walk."""
        return InspectionFindings(
            (*self._problems, *self._missing_languages()),
            self._errors,
            tuple(self._costs.problems()),
            self._costs.segments,
            self._costs.most_segments,
            tuple(sorted(self._no_opt_out)),
            dict(sorted(self._readers_without_language.items())),
        )

    def _missing_languages(self) -> Iterator[Problem]:
        for language, number in sorted(self._readers_without_language.items()):
            yield Problem.warning(
                MISSING_LANGUAGE,
                f"{number:,} message{'s' * (number != 1)} would go to people who read {language}, in which this "
                f"letter is not written; they would get it in {self._letter.fallback}",
                f"Add {language}.md, or leave it at that.",
                file=f"templates/{self._letter.name}",
            )

    def _inspect_skeleton(self, message: PlannedMessage, key: SkeletonKey) -> Skeleton | None:
        """The compiled skeleton, linted; None where it cannot be compiled, which is then one of the problems."""
        skeleton = self._compile(message)
        if skeleton is not None:
            self._lint(skeleton, len(message.trace.values), key)
        return skeleton

    def _compile(self, message: PlannedMessage) -> Skeleton | None:
        try:
            skeleton = self._messages.compile(message, self._sender(message.language))
            if isinstance(skeleton, EmailSkeleton):
                # Problems of the logo and of headers show only in a whole email.
                envelope = Envelope(message.recipient.name, message.address, "sample@example.org", now())
                skeleton.fill(message.trace.values, envelope, self._links)
        except LinkHostError:
            return self._compile_with_any_link(message)
        except BroadcasterError as error:
            file = error.file or f"templates/{self._letter.path(message.language)}"
            self._add_once(replace(error.as_problem(), file=file))
            return None
        return skeleton

    def _compile_with_any_link(self, message: PlannedMessage) -> EmailSkeleton:
        """The email with links to hosts that are not allowed, so that lint finds all of them and all else."""
        if self._compiler_of_any_link is None:
            self._compiler_of_any_link = Compiler(self._letter, self._messages.template_context)
        trace = self._compiler_of_any_link.trace(message.language, message.recipient.fields, message.channel)
        return self._compiler_of_any_link.email(trace.skeleton, self._sender(message.language))

    def _lint(self, skeleton: Skeleton, values: int, key: SkeletonKey) -> None:
        """Lint the letter's own words: the values of rows are no fault of the letter."""
        sample = make_lint_sample(skeleton, [SAMPLE_WORD] * values, self._links, self._letter)
        if sample.sms is not None:
            for problem in check_sms_sender(self._messages.project.settings, self._letter):
                self._add_once(problem)
            replies = self._rules.opt_out_links is None
            if not says_how_to_opt_out(sample.sms, self._links.unsubscribe, replies=replies):
                self._no_opt_out.add(skeleton.language)
        for problem in lint(sample, self._rules):
            if problem.code in LENGTH_CODES:
                self._too_long_skeletons.add(key)
            self._add_once(problem)

    def _add_once(self, problem: Problem) -> None:
        # The skeletons of one language share most of their words, and so most of their problems.
        if problem not in self._seen_problems:
            self._seen_problems.add(problem)
            self._add(problem)

    def _add(self, problem: Problem) -> None:
        self._errors += problem.level is Severity.ERROR
        if len(self._problems) < MAX_LETTER_PROBLEMS:
            self._problems.append(problem)
