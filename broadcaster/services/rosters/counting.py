"""An audience looked through: how many people it has, in which languages, by which channels, and who gets nothing."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from broadcaster.audiences.description.audience import Audience
from broadcaster.audiences.model.recipient import Recipient
from broadcaster.domain.contact.channels import Channel, ChannelChoice, channels_for
from broadcaster.domain.contact.preferences import permits_channel, preferred_channel
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.exclusion_reasons import ExclusionReason
from broadcaster.domain.problems import Problem, Severity
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.recipients import preferences, suppressions
from broadcaster.services.project.project import ProjectView
from broadcaster.services.rosters.audiences import open_audience, read_recipients

CHUNK = 500
"""Recipients whose consent and suppressions are looked up in one query."""

PROBLEMS_KEPT = 1_000
"""Shown at most; a roster of a million bad rows must not fill the memory. The count goes on."""


@dataclass(slots=True)
class AudienceCount:
    """What looking through an audience found; counts are of people.

    `usable` are the good rows of the roster; of them, `excluded` says who would not be written to and why. The rest are
    in `by_language`, and in `by_channel` by the way a campaign with `channel: preferred` takes. `errors` counts all
    errors, `problems` holds the first of what was found. `rows` has the numbers of the rows that get nothing, by
    reason; unusable ones, which are not people yet, under `row-unusable`.
    """

    audience: str
    usable: int = 0
    unusable: int = 0
    errors: int = 0
    by_language: Counter[str] = field(default_factory=Counter)
    by_channel: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    rows: defaultdict[str, "array[int]"] = field(default_factory=lambda: defaultdict(lambda: array("I")))
    _bad_row: int | None = None

    def leave_out(self, reason: ExclusionReason, row: int) -> None:
        """Take in that a person is not written to."""
        self.excluded[reason] += 1
        self.rows[reason].append(row)

    def note(self, problem: Problem) -> None:
        """Take a problem in; those of one row come one after the other."""
        if problem.level is Severity.ERROR:
            self.errors += 1
            if problem.line is not None and problem.line != self._bad_row:
                self._bad_row = problem.line
                self.unusable += 1
                self.rows[ExclusionReason.ROW_UNUSABLE].append(problem.line)
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(problem)

    def as_json(self) -> Mapping[str, object]:
        """The keys of `audience check --json`, but for the problems."""
        return {
            "audience": self.audience,
            "usable": self.usable,
            "unusable": self.unusable,
            "by_language": dict(sorted(self.by_language.items())),
            "by_channel": dict(sorted(self.by_channel.items())),
            "excluded": dict(sorted(self.excluded.items())),
        }


def count_audience(project: ProjectView, name: str) -> AudienceCount:
    """Everything there is to say about an audience and its roster; what is wrong is in the answer, not raised."""
    look = AudienceCount(name)
    try:
        audience = open_audience(project, name)
        selected = _selected_recipients(look, audience, read_recipients(project, audience, look.note))
        while chunk := list(islice(selected, CHUNK)):
            _count_chunk(project, look, chunk)
    except ProblemsFoundError as error:
        for problem in error.problems:
            look.note(problem)
    except BroadcasterError as error:
        look.note(error.as_problem())
    except Exception as error:  # whatever it is, the other audiences are shown, and this one as broken
        look.note(unforeseen_error(error, f"audiences/{name}.yaml").as_problem())
    return look


def _selected_recipients(
    look: AudienceCount, audience: Audience, recipients: Iterator[Recipient]
) -> Iterator[Recipient]:
    for recipient in recipients:
        look.usable += 1
        if audience.selects(recipient):
            yield recipient
        else:
            look.leave_out(ExclusionReason.NOT_SELECTED, recipient.row)


def _count_chunk(project: ProjectView, look: AudienceCount, chunk: list[Recipient]) -> None:
    people = [(one, _address_indexes(project, one)) for one in chunk]
    blinds = [blind for _, mine in people for blind in mine.values()]
    with project.ledger.reading() as conn:
        chosen = preferences.find_chosen(conn, blinds)
        barred = suppressions.find_suppressed(conn, blinds)
    for recipient, mine in people:
        wishes = {channel: chosen[blind] for channel, blind in mine.items() if blind in chosen}
        preferred = preferred_channel(wishes) or recipient.channel
        has_email, has_phone = Channel.EMAIL in mine, Channel.SMS in mine
        (channel,) = channels_for(ChannelChoice.PREFERRED, preferred, has_email=has_email, has_phone=has_phone)
        if not permits_channel(wishes, channel):
            look.leave_out(ExclusionReason.OPTED_OUT, recipient.row)
        elif mine[channel] in barred:
            look.leave_out(ExclusionReason.SUPPRESSED, recipient.row)
        else:
            look.by_channel[channel.value] += 1
            look.by_language[recipient.language] += 1


def _address_indexes(project: ProjectView, one: Recipient) -> dict[Channel, bytes]:
    addresses = {Channel.EMAIL: one.email, Channel.SMS: one.phone}
    return {
        channel: blind_address_index(project.keyring, channel, address)
        for channel, address in addresses.items()
        if address
    }
