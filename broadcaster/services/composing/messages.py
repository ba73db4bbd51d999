"""Who would get what: every recipient of a campaign, one by one, with the channel, the language and the trace.

Plan, release and preview all walk here, so that what is shown is what is sent.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from broadcaster.audiences.description.audience import Audience
from broadcaster.audiences.model.recipient import Recipient
from broadcaster.audiences.rosters.duplicates import DuplicateAddressFinder
from broadcaster.audiences.rosters.fingerprints import RosterFingerprint
from broadcaster.config import CampaignSettings, Signatory
from broadcaster.domain.contact.channels import Channel, channels_for
from broadcaster.domain.contact.preferences import OPTED_OUT, PreferenceChoice, permits_channel, preferred_channel
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.local_time.quiet_hours import QuietHours
from broadcaster.domain.problems import Problem, Severity
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.recipients import preferences, suppressions
from broadcaster.letters.compiling.compiler import Compiler, Trace
from broadcaster.letters.filling.mime import EmailSender
from broadcaster.letters.filling.skeleton import Skeleton
from broadcaster.letters.model.errors import PartMissingError, TraceError
from broadcaster.services.composing.campaign_inputs import load_campaign_inputs
from broadcaster.services.composing.template_context import template_context_by_language
from broadcaster.services.project.project import ProjectView
from broadcaster.services.rosters.audiences import read_recipients

RECIPIENTS_PER_LOOKUP = 500
"""Recipients whose consent and suppressions are looked up in one query."""

MAX_ROW_PROBLEMS = 1_000
"""A roster of a million rows with the same mistake must not fill the memory; the count goes on."""


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """One message that would go out: to whom, how, in which language, and the values that fill its gaps.

    `kin` is the blind index of the person's address on the other channel, None where they have none.
    """

    recipient: Recipient
    audience: Audience
    channel: Channel
    address: str
    blind: bytes
    kin: bytes | None
    language: str
    trace: Trace


@dataclass(frozen=True, slots=True)
class PreferencesAndSuppressions:
    """What the ledger knows about the addresses of some recipients: what was chosen, what must not be written to."""

    chosen: Mapping[bytes, PreferenceChoice]
    barred: Mapping[bytes, SuppressionReason]


class CampaignMessages:
    """A campaign at one wall time, with its letter compiled.

    Walk it once; afterwards `excluded` says how many were left out and why, `problems` what is wrong with which row,
    `errors` how many of those are errors, `broken` what stands in everybody's way (a roster that could not be read to
    its end, a part that the letter lacks), and `marks` what the rosters held.
    """

    def __init__(self, project: ProjectView, campaign: CampaignSettings, wall: datetime) -> None:
        """Raises ProblemsFoundError for a letter, an audience or names in them that cannot be used."""
        self.project = project
        self.campaign = campaign
        self.wall = wall
        made = load_campaign_inputs(project, campaign, wall.date())
        self.letter, self.audiences = made.letter, made.audiences
        self.surroundings = template_context_by_language(project.settings, campaign, self.letter, wall)
        self.compiler = Compiler(self.letter, self.surroundings, self.allowed_hosts)
        self.excluded: Counter[str] = Counter()
        self.problems: list[Problem] = []
        self.errors = 0
        self.broken: list[Problem] = []
        self._bad_row: tuple[str | None, int | None] = (None, None)
        self.marks: dict[str, RosterFingerprint] = {}

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """The hosts that the letter may link to."""
        return self.project.settings.allowed_link_hosts

    @property
    def signatory(self) -> Signatory:
        """Who signs the letter."""
        return self.project.settings.signatories[self.letter.signatory]

    def walk(self) -> Iterator[PlannedMessage]:
        """Everybody who would get a message, in roster order; whoever would not is counted in `excluded`."""
        with _SeenAddresses() as once:
            for audience in self.audiences:
                recipients = self._selected(audience)
                while chunk := list(islice(recipients, RECIPIENTS_PER_LOOKUP)):
                    known = self._known(chunk)
                    for recipient in chunk:
                        yield from self._of(recipient, audience, known, once)

    def compile(self, prospect: PlannedMessage, sender: EmailSender) -> Skeleton:
        """The compiled letter that this prospect's values fill."""
        if prospect.channel is Channel.SMS:
            return self.compiler.sms(prospect.trace.skeleton)
        return self.compiler.email(prospect.trace.skeleton, sender)

    def leave_out(self, reason: str, problem: Problem) -> None:
        """Take in that somebody who was walked gets nothing all the same, for what is wrong with their row."""
        self.errors += 1
        self.excluded[reason] += 1
        self._keep(problem)

    def quiet_hours(self, prospect: PlannedMessage) -> QuietHours | None:
        """When this person must not be written to, on their own wall clock."""
        return prospect.audience.quiet_hours or self.project.settings.quiet_hours

    def trace(self, recipient: Recipient, channel: Channel) -> tuple[str, Trace]:
        """The language that serves this person, and their trace. Raises TraceError and its kin."""
        language = self.letter.language_for(recipient.language)
        return language, self.compiler.trace(language, recipient.fields, channel)

    def _selected(self, audience: Audience) -> Iterator[Recipient]:
        mark = self.marks[audience.name] = RosterFingerprint(self.project.keyring.mark_key)
        for recipient in read_recipients(self.project, audience, self._row_problem):
            mark.add(recipient.mark)
            if audience.selects(recipient):
                yield recipient
            else:
                self.excluded["not-selected"] += 1

    def _known(self, chunk: list[Recipient]) -> PreferencesAndSuppressions:
        blinds = [blind for recipient in chunk for blind in self._blinds(recipient).values()]
        with self.project.ledger.reading() as conn:
            return PreferencesAndSuppressions(
                preferences.find_chosen(conn, blinds), suppressions.find_suppressed(conn, blinds)
            )

    def _blinds(self, recipient: Recipient) -> dict[Channel, bytes]:
        addresses = {Channel.EMAIL: recipient.email, Channel.SMS: recipient.phone}
        keyring = self.project.keyring
        return {
            channel: blind_address_index(keyring, channel, address) for channel, address in addresses.items() if address
        }

    def _of(
        self, recipient: Recipient, audience: Audience, known: PreferencesAndSuppressions, once: "_SeenAddresses"
    ) -> Iterator[PlannedMessage]:
        mine = self._blinds(recipient)
        wishes = {channel: known.chosen[blind] for channel, blind in mine.items() if blind in known.chosen}
        preferred = preferred_channel(wishes) or recipient.channel
        has_email, has_phone = Channel.EMAIL in mine, Channel.SMS in mine
        channels = channels_for(self.campaign.channel, preferred, has_email=has_email, has_phone=has_phone)
        wanted = [channel for channel in channels if permits_channel(wishes, channel)]
        if not channels:
            self.excluded["no-address"] += 1
        elif not wanted:
            self.excluded[OPTED_OUT] += 1
        for channel in wanted:
            address = recipient.email if channel is Channel.EMAIL else recipient.phone
            if mine[channel] in known.barred:
                self.excluded["suppressed"] += 1
            elif once.had(address or ""):
                self.excluded["duplicate"] += 1
            else:
                yield from self._message_with_trace(recipient, audience, channel, mine)

    def _message_with_trace(
        self, recipient: Recipient, audience: Audience, channel: Channel, mine: Mapping[Channel, bytes]
    ) -> Iterator[PlannedMessage]:
        try:
            language, trace = self.trace(recipient, channel)
        except TraceError as error:
            self.errors += 1
            self.excluded["letter-incomplete"] += 1
            for problem in error.problems:
                self._keep(as_row_problem(problem, audience, recipient.row))
            return
        except PartMissingError as error:
            self.excluded["letter-incomplete"] += 1
            if (problem := error.as_problem()) not in self.broken:
                self.broken.append(problem)
                self._keep(problem)
            return
        address = recipient.email if channel is Channel.EMAIL else recipient.phone
        kin = next((blind for other, blind in mine.items() if other is not channel), None)
        yield PlannedMessage(recipient, audience, channel, address or "", mine[channel], kin, language, trace)

    def _row_problem(self, problem: Problem) -> None:
        if problem.level is Severity.ERROR and problem.line is None:
            self.broken.append(problem)
        elif problem.level is Severity.ERROR:
            self.errors += 1
            # Several mistakes in one row leave out one person.
            self.excluded["row-unusable"] += (problem.file, problem.line) != self._bad_row
            self._bad_row = (problem.file, problem.line)
        self._keep(problem)

    def _keep(self, problem: Problem) -> None:
        if len(self.problems) < MAX_ROW_PROBLEMS:
            self.problems.append(problem)


def as_row_problem(problem: Problem, audience: Audience, row: int) -> Problem:
    """A letter's problem with one person, told of that person's row; where in the letter goes into the message."""
    where = f" ({problem.file}:{problem.line})" if problem.file and problem.line else ""
    return replace(problem, message=f"{problem.message}{where}", file=audience.roster_name, line=row)


class _SeenAddresses:
    """Tells whether an address was met before in this campaign: one person on two audiences gets it by the first."""

    def __init__(self) -> None:
        self._addresses = DuplicateAddressFinder()
        self._number = 0

    def __enter__(self) -> "_SeenAddresses":
        self._addresses.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._addresses.__exit__(None, None, None)

    def had(self, address: str) -> bool:
        """Whether this address came before; from now on it did."""
        self._number += 1
        return any(self._addresses.repeated([(self._number, address)]))
