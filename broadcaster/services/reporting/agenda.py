"""What one person at the desk should know first: what waits for them, what runs, what comes next, what was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from broadcaster.domain.fates import Fate, Waiting
from broadcaster.domain.states import BroadcastState
from broadcaster.services.access.permissions import Deed, may, sees
from broadcaster.services.approving.desk_approval import COUNTDOWN
from broadcaster.services.approving.occurrence_fates import Account, Fault, accounts
from broadcaster.services.project.project import ProjectView, now
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.reporting.broadcast_status import Standing

LOOKED_BACK = 20
"""Broadcasts that the first page looks at; all of them stand on a page of their own."""

SHOWN_AS_SENT = 5

RUNNING = frozenset({BroadcastState.RELEASING, BroadcastState.SENDING})
ENDED = frozenset({BroadcastState.FINISHED, BroadcastState.CANCELLED})
UNSURE = ("unsure", "held")


@dataclass(frozen=True, slots=True)
class Day:
    """What is planned for one day of the organisation's calendar, in the order of its clock."""

    date: date
    coming: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Agenda:
    """`to_decide` waits for this very person, `with_others` for somebody else's decision; `starting` is about to begin
    and can still be called off; `stuck` waits for anybody, alarms first; `faults` are campaigns that cannot be looked
    through; `troubled` are broadcasts that somebody should look at; `fresh`: nothing was ever submitted or sent.
    """

    to_decide: tuple[Account, ...]
    with_others: tuple[Account, ...]
    starting: tuple[Account, ...]
    stuck: tuple[Account, ...]
    faults: tuple[Fault, ...]
    troubled: tuple[Standing, ...]
    running: tuple[Standing, ...]
    days: tuple[Day, ...]
    sent: tuple[Standing, ...]
    fresh: bool

    @property
    def calm(self) -> bool:
        """Whether nothing waits for anybody."""
        return not (self.to_decide or self.with_others or self.starting or self.stuck or self.faults or self.troubled)


def agenda(project: ProjectView, who: str) -> Agenda:
    """The agenda of a person, with nothing in it of audiences that they do not work with."""
    moment = now()
    books = accounts(project, moment)
    seen = [one for one in books.accounts if sees(project.settings, who, audiences_of(project, one))]
    found = [
        one
        for one in broadcast_status.standings(project, LOOKED_BACK)
        if sees(project.settings, who, broadcast_status.audiences_of(project, one.broadcast))
    ]
    submitted = _first_of_each([one for one in seen if _waits_for_decision(one)])
    deciding = may(project.settings, who, Deed.APPROVE)
    return Agenda(
        to_decide=tuple(one for one in submitted if deciding and one.submitted_by != who),
        with_others=tuple(one for one in submitted if not deciding or one.submitted_by == who),
        starting=tuple(one for one in seen if _is_starting(one, moment)),
        stuck=tuple(sorted((one for one in seen if _is_stuck(one)), key=lambda one: not one.is_alarm)),
        faults=tuple(
            one for one in books.faults if sees(project.settings, who, project.campaign(one.campaign).audiences)
        ),
        troubled=tuple(one for one in found if _is_troubled(one)),
        running=tuple(one for one in found if one.broadcast.state in RUNNING),
        days=_days([one for one in seen if _is_ahead(one, moment)]),
        sent=tuple(one for one in found if one.broadcast.state in ENDED)[:SHOWN_AS_SENT],
        fresh=not found and all(one.approval is None for one in seen),
    )


def audiences_of(project: ProjectView, account: Account) -> tuple[str, ...]:
    """The audiences of an account: those that were submitted, where its campaign no longer says."""
    campaign = project.settings.campaigns.get(account.campaign)
    if campaign is not None:
        return campaign.audiences
    return broadcast_status.signed_audiences(account.approval) if account.approval is not None else ()


def _is_starting(one: Account, moment: datetime) -> bool:
    """Whether it starts within the countdown, or is due and has not begun."""
    return one.fate is Fate.GOES_OUT and one.at is not None and one.at - moment <= COUNTDOWN


def _waits_for_decision(one: Account) -> bool:
    return one.fate is Fate.WAITS and one.reason in (Waiting.TO_DECIDE, Waiting.NOT_APPROVED)


def _first_of_each(found: Sequence[Account]) -> tuple[Account, ...]:
    """A rule is decided on once, however many occurrences it has ahead."""
    first: dict[str, Account] = {}
    for one in found:
        first.setdefault(one.approval.id if one.approval else "", one)
    return tuple(first.values())


def _is_stuck(one: Account) -> bool:
    """Whether it does not go out unless somebody does something, other than deciding on it."""
    if one.fate is Fate.UNKNOWN:
        return True
    return one.fate is Fate.WAITS and not _waits_for_decision(one) and one.reason != Waiting.TO_SUBMIT


def _is_ahead(one: Account, moment: datetime) -> bool:
    """Whether it stands among what comes next: its time lies ahead, and nothing says that it may not go out then."""
    if one.occurrence is None or one.broadcast is not None or one.is_alarm:
        return False
    return one.occurrence.due_at > moment


def _is_troubled(one: Standing) -> bool:
    halted = one.broadcast.state is BroadcastState.PAUSED
    return halted or bool(one.came_back) or any(one.deliveries.get(state, 0) for state in UNSURE)


def _days(coming: Sequence[Account]) -> tuple[Day, ...]:
    found: dict[date, list[Account]] = {}
    for one in coming:
        if one.wall is not None:
            found.setdefault(one.wall.date(), []).append(one)
    return tuple(Day(day, tuple(ones)) for day, ones in found.items())
