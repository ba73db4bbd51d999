"""Whom to tell of what at a moment: a query over what stands and what was told before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from broadcaster.config import Settings
from broadcaster.domain.local_time import quiet_hours
from broadcaster.domain.notifications import (
    SHORTEST_INTERVAL,
    Notification,
    NotificationHistory,
    NotificationResult,
    is_notification_due,
)
from broadcaster.ledger.staff import notifications
from broadcaster.ledger.staff.notifications import NotificationKey
from broadcaster.services.notifications.sources import OpenMatters, find_open_matters
from broadcaster.services.project.project import ProjectView


@dataclass(frozen=True, slots=True)
class DueNotification:
    """A matter that somebody is to be told of now, and how they were told of it before."""

    notification: Notification
    before: NotificationHistory | None

    @property
    def is_reminder(self) -> bool:
        return self.before is not None and self.before.told > 0


@dataclass(frozen=True, slots=True)
class PendingNotifications:
    """What each person is to be told of now, and the keys of what was told of and has been dealt with since."""

    due: Mapping[str, Sequence[DueNotification]]
    dealt_with: Sequence[NotificationKey]


def gets_notifications(settings: Settings, person: str) -> bool:
    """Whether config.yaml says that this person is told of what needs them."""
    found = settings.people.get(person)
    return found is not None and bool(found.tell)


def pending_notifications(view: ProjectView, moment: datetime) -> PendingNotifications:
    """Whom to tell of what at this moment.

    Everything is told once and again as `domain.notifications` has it. What comes shortly after a message to a person
    waits for the next one. What is not urgent waits for the end of the organisation's quiet hours.
    """
    found = find_open_matters(view, moment)
    with view.ledger.reading() as conn:
        told = notifications.list_all(conn)
    open_now = quiet_hours.may_send_at(view.settings.quiet_hours, view.zone, moment)
    due: dict[str, list[DueNotification]] = {}
    for one in found.notifications:
        before = told.get(one.key)
        if (
            gets_notifications(view.settings, one.person)
            and (one.urgent or open_now)
            and is_notification_due(one, before, moment)
        ):
            due.setdefault(one.person, []).append(DueNotification(one, before))
    recent = _recently_notified(told, moment)
    return PendingNotifications(
        {person: theirs for person, theirs in due.items() if person not in recent},
        _settled_matters(view.settings, found, told),
    )


def _recently_notified(told: Mapping[NotificationKey, NotificationHistory], moment: datetime) -> set[str]:
    """Those to whom a message went a moment ago."""
    return {
        person
        for (_, _, person), telling in told.items()
        if telling.result is not NotificationResult.FAILED and moment - SHORTEST_INTERVAL < telling.tried_at <= moment
    }


def _settled_matters(
    settings: Settings, found: OpenMatters, told: Mapping[NotificationKey, NotificationHistory]
) -> list[NotificationKey]:
    stands = {one.key for one in found.notifications if gets_notifications(settings, one.person)}
    return [key for key in told if key not in stands and key[0] not in found.unknown]
