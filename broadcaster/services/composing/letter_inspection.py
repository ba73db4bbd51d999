"""Looking over a letter as people would get it: the words of each skeleton once, length and cost for each person."""

from collections import Counter
from dataclasses import replace
from functools import cache, partial

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.problems import Problem, Severity
from broadcaster.letters.compiling.compiler import Compiler
from broadcaster.letters.filling.skeleton import EmailSkeleton, Envelope, Skeleton, SmsSkeleton
from broadcaster.letters.model.errors import LinkHostError
from broadcaster.letters.rules.lint import LintRules, lint
from broadcaster.letters.rules.opt_out import says_how_to_opt_out
from broadcaster.letters.rules.typed_text import typed_text_problems
from broadcaster.letters.translating.comparison import translation_problems
from broadcaster.services.composing.links import sample_links
from broadcaster.services.composing.message_lengths import MESSAGE_TOO_LONG, length_problem, measure_message
from broadcaster.services.composing.messages import CampaignMessages, PlannedMessage
from broadcaster.services.composing.sample_check import SAMPLE_WORD, make_lint_sample
from broadcaster.services.composing.sender import campaign_sender
from broadcaster.services.composing.sms_rules import check_sms_sender, required_opt_out_links
from broadcaster.services.composing.text_costs import TextCosts
from broadcaster.services.project.project import now

SkeletonKey = tuple[Channel, bytes]
"""Which skeleton: the channel and the key."""

LENGTH_CODES = frozenset({"subject-too-long", "sms-too-long"})
"""What is said once of a letter that is too long for everybody, and of single people otherwise."""

MAX_LETTER_PROBLEMS = 200
"""One long letter must not print a line for each of a million people."""


class LetterInspection:
    """Lints the letter of `prospects` while they are walked; afterwards `problems` is what was found."""

    def __init__(self, prospects: CampaignMessages) -> None:
        self._prospects = prospects
        self._links = sample_links(prospects.project.settings.public_url)
        self._sender = cache(partial(campaign_sender, prospects))
        self._skeletons: dict[SkeletonKey, Skeleton | None] = {}
        self._unwritten: Counter[str] = Counter()
        self._too_long: set[SkeletonKey] = set()
        self._lenient: Compiler | None = None
        self._source = f"templates/{prospects.letter.name}"
        self._rules = LintRules(
            never_say=prospects.letter.never_say,
            must_say=prospects.letter.must_say,
            allowed_hosts=prospects.allowed_hosts,
            opt_out_links=required_opt_out_links(prospects.project.settings, prospects.signatory),
        )
        self._found: list[Problem] = []
        self._costs = TextCosts(prospects.letter)
        self._without_no: set[str] = set()
        self.errors = 0
        self._seen: set[Problem] = set()
        for language in prospects.letter.languages:
            for problem in (
                *translation_problems(prospects.letter, language),
                *typed_text_problems(prospects.letter, language),
            ):
                self._once(problem)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was found so far, and which languages people read that the letter is not written in."""
        letter = self._prospects.letter
        return (
            *self._found,
            *(
                Problem.warning(
                    "missing-language",
                    f"{number:,} message{'s' * (number != 1)} would go to people who read {language}, in which this "
                    f"letter is not written; they would get it in {letter.fallback}",
                    f"Add {language}.md, or leave it at that.",
                    file=self._source,
                )
                for language, number in sorted(self._unwritten.items())
            ),
        )

    def look_at(self, prospect: PlannedMessage) -> int | None:
        """Look at one person's message; how many text segments it takes (0 for an email), None if it cannot go out."""
        wanted = prospect.recipient.language
        if wanted.partition("-")[0].lower() != prospect.language.partition("-")[0].lower():
            self._unwritten[wanted] += 1
        place = (prospect.channel, prospect.trace.skeleton)
        new = place not in self._skeletons
        if new:
            self._skeletons[place] = self._compiled(prospect)
        skeleton, values = self._skeletons[place], prospect.trace.values
        if skeleton is None:
            return 0
        if new:
            self._lint(prospect, skeleton, place)
        found = measure_message(skeleton, values, self._links)
        told = bool(found.code) and place not in self._too_long
        if told and found.stops:
            self._prospects.leave_out(MESSAGE_TOO_LONG, length_problem(prospect, found))
            return None
        if told:
            self._keep(length_problem(prospect, found))
        if isinstance(skeleton, SmsSkeleton) and found.text is not None:
            self._costs.add(skeleton, values, found.text, self._links)
        return found.segments

    @property
    def most_segments(self) -> int:
        """How many segments all texts together take at most, where networks cut them in another way."""
        return self._costs.most

    def dearer(self) -> tuple[Problem, ...]:
        """Where one character of a value makes texts dearer: for whoever plans, and nothing wrong with the letter."""
        return tuple(self._costs.problems())

    @property
    def texts_without_no(self) -> tuple[str, ...]:
        """The languages whose text messages do not themselves say how to say no."""
        return tuple(sorted(self._without_no))

    def _compiled(self, prospect: PlannedMessage) -> Skeleton | None:
        """The compiled letter; None when it cannot be made, which is then one more finding."""
        try:
            skeleton = self._prospects.compile(prospect, self._sender(prospect.language))
            if isinstance(skeleton, EmailSkeleton):
                # The logo and the headers only show what is wrong with them in a whole message.
                envelope = Envelope(prospect.recipient.name, prospect.address, "sample@example.org", now())
                skeleton.fill(prospect.trace.values, envelope, self._links)
        except LinkHostError:
            return self._compile_with_any_links(prospect)
        except BroadcasterError as error:
            problem = replace(error.as_problem(), file=error.file or f"{self._source}/{prospect.language}.md")
            self._once(problem)
            return None
        return skeleton

    def _compile_with_any_links(self, prospect: PlannedMessage) -> EmailSkeleton:
        """The letter with links that lead where they may not, for lint to tell of all of them and of all else."""
        if self._lenient is None:
            self._lenient = Compiler(self._prospects.letter, self._prospects.surroundings)
        trace = self._lenient.trace(prospect.language, prospect.recipient.fields, prospect.channel)
        return self._lenient.email(trace.skeleton, self._sender(prospect.language))

    def _lint(self, prospect: PlannedMessage, skeleton: Skeleton, place: SkeletonKey) -> None:
        """Look over the letter's own words: what a person is called is no fault of the letter."""
        values = tuple(SAMPLE_WORD for _ in prospect.trace.values)
        letter = self._prospects.letter
        if prospect.channel is Channel.SMS:
            for problem in check_sms_sender(self._prospects.project.settings, letter):
                self._once(problem)
        found = make_lint_sample(skeleton, values, self._links, letter)
        if found.sms is not None and not says_how_to_opt_out(
            found.sms, self._links.unsubscribe, replies=self._rules.opt_out_links is None
        ):
            self._without_no.add(skeleton.language)
        for problem in lint(found, self._rules):
            if problem.code in LENGTH_CODES:
                self._too_long.add(place)
            self._once(problem)

    def _once(self, problem: Problem) -> None:
        # Two skeletons of one language share most of their words, and so most of what is wrong with them.
        if problem not in self._seen:
            self._seen.add(problem)
            self._keep(problem)

    def _keep(self, problem: Problem) -> None:
        self.errors += problem.level is Severity.ERROR
        if len(self._found) < MAX_LETTER_PROBLEMS:
            self._found.append(problem)
