"""A campaign's messages: who gets one, on which channel, in which language, and with which values in its gaps.

Plan, check and release walk the same messages, so that what is planned is what is sent.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from broadcaster.audiences.description.audience import Audience
from broadcaster.audiences.model.recipient import Recipient
from broadcaster.audiences.rosters.duplicates import DuplicateAddressFinder
from broadcaster.audiences.rosters.fingerprints import RosterFingerprint
from broadcaster.config import CampaignSettings, Signatory
from broadcaster.domain.contact.channels import Channel, channels_for
from broadcaster.domain.contact.preferences import PreferenceChoice, permits_channel, preferred_channel
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.exclusion_reasons import ExclusionReason
from broadcaster.domain.local_time.quiet_hours import QuietHours
from broadcaster.domain.problems import Problem, Severity
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.recipients import preferences, suppressions
from broadcaster.letters.compiling.compiler import Compiler, Trace
from broadcaster.letters.filling.mime import EmailSender
from broadcaster.letters.filling.skeleton import Skeleton
from broadcaster.letters.model.errors import PartMissingError, TraceError
from broadcaster.letters.model.letter import Letter, TemplateContext
from broadcaster.services.composing.campaign_inputs import load_campaign_inputs
from broadcaster.services.composing.template_context import template_context_by_language
from broadcaster.services.project.project import ProjectView
from broadcaster.services.rosters.audiences import read_recipients

RECIPIENTS_PER_LOOKUP = 500
"""Recipients whose preferences and suppressions are looked up in one query."""

MAX_ROW_PROBLEMS = 1_000
"""Row problems that are kept, so that a million rows with one mistake do not fill the memory. All are counted."""


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """One message that is to go out.

    `address_index` is the blind index of its address, `sibling_address` that of the person's address on the other
    channel, None where they have none.
    """

    recipient: Recipient
    audience: Audience
    channel: Channel
    address: str
    address_index: bytes
    sibling_address: bytes | None
    language: str
    trace: Trace


@dataclass(frozen=True, slots=True)
class RowExclusion:
    """Why a planned message does not go out after all, and what is wrong with its row."""

    reason: ExclusionReason
    problem: Problem


MessageStage = Callable[[PlannedMessage], RowExclusion | None]
"""A stage of a walk: it sees each message in turn, and the walk leaves out those that it returns an exclusion for."""


@dataclass(frozen=True, slots=True, eq=False)
class CampaignMessages:
    """A campaign at one wall time, with its letter compiled."""

    project: ProjectView
    campaign: CampaignSettings
    wall: datetime
    letter: Letter
    audiences: tuple[Audience, ...]
    template_context: Callable[[str], TemplateContext]
    compiler: Compiler

    @classmethod
    def load(cls, project: ProjectView, campaign: CampaignSettings, wall: datetime) -> "CampaignMessages":
        """Raises ProblemsFoundError for a letter, an audience or a name in them that cannot be used."""
        inputs = load_campaign_inputs(project, campaign, wall.date())
        context = template_context_by_language(project.settings, campaign, inputs.letter, wall)
        compiler = Compiler(inputs.letter, context, project.settings.allowed_link_hosts)
        return cls(project, campaign, wall, inputs.letter, inputs.audiences, context, compiler)

    @property
    def signatory(self) -> Signatory:
        """Who signs the letter."""
        return self.project.settings.signatories[self.letter.signatory]

    def walk(self, stage: MessageStage | None = None) -> "MessageWalk":
        """A walk over all messages, in roster order. It reads the rosters anew."""
        return MessageWalk(self, stage)

    def compile(self, message: PlannedMessage, sender: EmailSender) -> Skeleton:
        """The compiled letter that the values of this message fill."""
        if message.channel is Channel.SMS:
            return self.compiler.sms(message.trace.skeleton)
        return self.compiler.email(message.trace.skeleton, sender)

    def quiet_hours(self, message: PlannedMessage) -> QuietHours | None:
        """When this message must not go out, on its recipient's own wall clock."""
        return message.audience.quiet_hours or self.project.settings.quiet_hours


@dataclass(frozen=True, slots=True)
class WalkResult:
    """What a walk found besides the messages.

    `excluded` counts what does not go out, by reason. `missed` counts the people who should get it and get nothing at
    all, by the first reason: something in the letter, their row or the channel could be mended. `problems` are those of
    rows, MAX_ROW_PROBLEMS at most; `errors` counts the errors among all of them. `blocking` are problems that stop
    every message: a roster that cannot be read to its end, a part that the letter lacks. `fingerprints` are those of
    the rosters, by audience.
    """

    excluded: Mapping[str, int]
    missed: Mapping[str, int]
    problems: Sequence[Problem]
    errors: int
    blocking: Sequence[Problem]
    fingerprints: Mapping[str, RosterFingerprint]


class MessageWalk(Iterable[PlannedMessage]):
    """One walk over the messages of a campaign: iterate over it once and to its end, then ask for the result."""

    def __init__(self, messages: CampaignMessages, stage: MessageStage | None) -> None:
        self._messages = messages
        self._project = messages.project
        self._stage = stage
        self._begun = self._ended = False
        self._excluded: Counter[str] = Counter()
        self._missed: Counter[str] = Counter()
        self._why_without: str | None = None
        self._problems: list[Problem] = []
        self._errors = 0
        self._blocking: list[Problem] = []
        self._fingerprints: dict[str, RosterFingerprint] = {}
        self._last_bad_row: tuple[str | None, int | None] = (None, None)

    def __iter__(self) -> Iterator[PlannedMessage]:
        """The messages. RuntimeError when asked for a second time."""
        if self._begun:
            raise RuntimeError("this walk was begun before: ask for another one")
        self._begun = True
        return self._walk()

    def result(self) -> WalkResult:
        """What the walk found. RuntimeError before its end: what is not counted to the end must not be signed."""
        if not self._ended:
            raise RuntimeError("this walk has not reached its end")
        return WalkResult(
            dict(self._excluded),
            dict(self._missed),
            tuple(self._problems),
            self._errors,
            tuple(self._blocking),
            dict(self._fingerprints),
        )

    @property
    def problems_so_far(self) -> Sequence[Problem]:
        """The problems of the rows that were read, also where an error has broken off the walk."""
        return tuple(self._problems)

    def _walk(self) -> Iterator[PlannedMessage]:
        with _SeenAddresses() as seen:
            for audience in self._messages.audiences:
                recipients = self._selected_recipients(audience)
                while chunk := [self._addressee(recipient) for recipient in islice(recipients, RECIPIENTS_PER_LOOKUP)]:
                    ledger_entries = self._look_up(chunk)
                    for addressee in chunk:
                        self._why_without, reached = None, False
                        for channel in self._channels(addressee, ledger_entries, seen):
                            message = self._plan_message(addressee, audience, channel)
                            if message is not None:
                                reached = True
                                yield message
                        if self._why_without is not None and not reached:
                            self._missed[self._why_without] += 1
        self._ended = True

    def _selected_recipients(self, audience: Audience) -> Iterator[Recipient]:
        """The recipients whom the audience's `where` selects; the fingerprint is of all usable rows."""
        fingerprint = self._fingerprints[audience.name] = RosterFingerprint(self._project.keyring.mark_key)
        for recipient in read_recipients(self._project, audience, self._add_reading_problem):
            fingerprint.add(recipient.mark)
            if audience.selects(recipient):
                yield recipient
            else:
                self._excluded[ExclusionReason.NOT_SELECTED] += 1

    def _addressee(self, recipient: Recipient) -> "_Addressee":
        keyring = self._project.keyring
        addresses = {
            channel: address
            for channel, address in ((Channel.EMAIL, recipient.email), (Channel.SMS, recipient.phone))
            if address
        }
        indexes = {channel: blind_address_index(keyring, channel, address) for channel, address in addresses.items()}
        return _Addressee(recipient, addresses, indexes)

    def _look_up(self, chunk: Sequence["_Addressee"]) -> "_LedgerEntries":
        indexes = [index for addressee in chunk for index in addressee.indexes.values()]
        with self._project.ledger.reading() as conn:
            return _LedgerEntries(preferences.find_chosen(conn, indexes), suppressions.find_suppressed(conn, indexes))

    def _channels(
        self, addressee: "_Addressee", ledger_entries: "_LedgerEntries", seen: "_SeenAddresses"
    ) -> Iterator[Channel]:
        """The channels on which this person gets a message; those on which they do not are counted as excluded."""
        choices = {
            channel: ledger_entries.chosen[index]
            for channel, index in addressee.indexes.items()
            if index in ledger_entries.chosen
        }
        available = channels_for(
            self._messages.campaign.channel,
            preferred_channel(choices) or addressee.recipient.channel,
            has_email=Channel.EMAIL in addressee.addresses,
            has_phone=Channel.SMS in addressee.addresses,
        )
        permitted = [channel for channel in available if permits_channel(choices, channel)]
        if not available:
            self._count_out(ExclusionReason.NO_ADDRESS)
        elif not permitted:
            self._excluded[ExclusionReason.OPTED_OUT] += 1
        for channel in permitted:
            if addressee.indexes[channel] in ledger_entries.suppressed:
                self._excluded[ExclusionReason.SUPPRESSED] += 1
            elif seen.is_repeated(addressee.addresses[channel]):
                self._excluded[ExclusionReason.DUPLICATE] += 1
            else:
                yield channel

    def _plan_message(self, addressee: "_Addressee", audience: Audience, channel: Channel) -> PlannedMessage | None:
        """The message, or None where the letter cannot be made for this person or the stage excludes them."""
        recipient, indexes = addressee.recipient, addressee.indexes
        language = self._messages.letter.language_for(recipient.language)
        try:
            trace = self._messages.compiler.trace(language, recipient.fields, channel)
        except TraceError as error:
            problems = (as_row_problem(one, audience, recipient.row) for one in error.problems)
            self._exclude(ExclusionReason.LETTER_INCOMPLETE, *problems)
            return None
        except PartMissingError as error:
            self._count_out(ExclusionReason.LETTER_INCOMPLETE)
            self._add_blocking_problem(error.as_problem())
            return None
        sibling = next((index for other, index in indexes.items() if other is not channel), None)
        message = PlannedMessage(
            recipient, audience, channel, addressee.addresses[channel], indexes[channel], sibling, language, trace
        )
        exclusion = None if self._stage is None else self._stage(message)
        if exclusion is not None:
            self._exclude(exclusion.reason, exclusion.problem)
            return None
        return message

    def _exclude(self, reason: ExclusionReason, *problems: Problem) -> None:
        """Count a message out for problems of its row."""
        self._errors += 1
        self._count_out(reason)
        for problem in problems:
            self._add_problem(problem)

    def _count_out(self, reason: ExclusionReason) -> None:
        """Count a message out for a reason for which its recipient is missed."""
        self._excluded[reason] += 1
        self._why_without = self._why_without or reason

    def _add_reading_problem(self, problem: Problem) -> None:
        """Take in what is wrong with a row, or, without a line, with the roster as a whole."""
        if problem.level is Severity.ERROR and problem.line is None:
            self._blocking.append(problem)
        elif problem.level is Severity.ERROR:
            self._errors += 1
            # Several errors in one row exclude one person.
            is_another = (problem.file, problem.line) != self._last_bad_row
            self._excluded[ExclusionReason.ROW_UNUSABLE] += is_another
            self._missed[ExclusionReason.ROW_UNUSABLE] += is_another
            self._last_bad_row = (problem.file, problem.line)
        self._add_problem(problem)

    def _add_blocking_problem(self, problem: Problem) -> None:
        if problem not in self._blocking:
            self._blocking.append(problem)
            self._add_problem(problem)

    def _add_problem(self, problem: Problem) -> None:
        if len(self._problems) < MAX_ROW_PROBLEMS:
            self._problems.append(problem)


def as_row_problem(problem: Problem, audience: Audience, row: int) -> Problem:
    """A letter's problem with one person as a problem of their row; the message says where in the letter it is."""
    where = f" ({problem.file}:{problem.line})" if problem.file and problem.line else ""
    return replace(problem, message=f"{problem.message}{where}", file=audience.roster_name, line=row)


class _Addressee(NamedTuple):
    """A recipient with the address of each channel, and its blind index."""

    recipient: Recipient
    addresses: Mapping[Channel, str]
    indexes: Mapping[Channel, bytes]


class _LedgerEntries(NamedTuple):
    """What the ledger holds about the addresses of some recipients, by blind index."""

    chosen: Mapping[bytes, PreferenceChoice]
    suppressed: Mapping[bytes, SuppressionReason]


class _SeenAddresses(DuplicateAddressFinder):
    """The addresses of one walk, so that somebody on two audiences gets one message, by the first of them."""

    def __init__(self) -> None:
        super().__init__()
        self._number = 0

    def is_repeated(self, address: str) -> bool:
        """Whether this address came before; from now on it did."""
        self._number += 1
        return any(self.repeated([(self._number, address)]))
