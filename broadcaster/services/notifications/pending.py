"""Whom to tell of what at a moment: a query over what stands and what was told before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from broadcaster.config import Settings
from broadcaster.domain import quiet_hours
from broadcaster.domain.notifications import APART, Notification, Result, Telling, is_due
from broadcaster.ledger import notifications
from broadcaster.ledger.notifications import Key
from broadcaster.services.notifications.sources import Standing, standing
from broadcaster.services.project.project import ProjectView


@dataclass(frozen=True, slots=True)
class Due:
    """A matter that somebody is to be told of now, and how they were told of it before."""

    notification: Notification
    before: Telling | None

    @property
    def is_reminder(self) -> bool:
        return self.before is not None and self.before.told > 0


@dataclass(frozen=True, slots=True)
class Pending:
    """What each person is to be told of now, and the keys of what was told of and has been dealt with since."""

    due: Mapping[str, Sequence[Due]]
    dealt_with: Sequence[Key]


def is_told(settings: Settings, person: str) -> bool:
    """Whether config.yaml says that this person is told of what needs them."""
    found = settings.people.get(person)
    return found is not None and bool(found.tell)


def pending_notifications(view: ProjectView, moment: datetime) -> Pending:
    """Whom to tell of what at this moment.

    Everything is told once and again as `domain.notifications` has it. What comes shortly after a message to a person
    waits for the next one. What is not urgent waits for the end of the organisation's quiet hours.
    """
    found = standing(view, moment)
    with view.ledger.reading() as conn:
        told = notifications.all(conn)
    open_now = quiet_hours.open_now(view.settings.quiet_hours, view.zone, moment)
    due: dict[str, list[Due]] = {}
    for one in found.notifications:
        before = told.get(one.key)
        if is_told(view.settings, one.person) and (one.urgent or open_now) and is_due(one, before, moment):
            due.setdefault(one.person, []).append(Due(one, before))
    recent = _written_to_since(told, moment)
    return Pending(
        {person: theirs for person, theirs in due.items() if person not in recent},
        _dealt_with(view.settings, found, told),
    )


def _written_to_since(told: Mapping[Key, Telling], moment: datetime) -> set[str]:
    """Those to whom a message went a moment ago."""
    return {
        person
        for (_, _, person), telling in told.items()
        if telling.result is not Result.FAILED and moment - APART < telling.tried_at <= moment
    }


def _dealt_with(settings: Settings, found: Standing, told: Mapping[Key, Telling]) -> list[Key]:
    stands = {one.key for one in found.notifications if is_told(settings, one.person)}
    return [key for key in told if key not in stands and key[0] not in found.unknown]
