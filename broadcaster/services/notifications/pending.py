"""Pending notifications: a query over the open matters and the notifications that were sent before."""

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
    """A matter of which a person is to be notified now, and their earlier notifications of it."""

    notification: Notification
    before: NotificationHistory | None

    @property
    def is_reminder(self) -> bool:
        return self.before is not None and self.before.told > 0


@dataclass(frozen=True, slots=True)
class PendingNotifications:
    """The due notifications of each person, and the keys of matters that are closed since their notification."""

    due: Mapping[str, Sequence[DueNotification]]
    dealt_with: Sequence[NotificationKey]


def gets_notifications(settings: Settings, person: str) -> bool:
    """Whether this person gets notifications by config.yaml."""
    found = settings.people.get(person)
    return found is not None and bool(found.tell)


def pending_notifications(view: ProjectView, moment: datetime) -> PendingNotifications:
    """The notifications that are due at this moment.

    Each matter is notified once, and again by the reminders of `domain.notifications`. A matter that opens shortly
    after a message to the same person waits for the next one. What is not urgent waits for quiet hours to end.
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
    """The people who got a message a moment ago."""
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
