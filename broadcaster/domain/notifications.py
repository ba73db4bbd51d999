"""The matters of notifications, and when staff are reminded of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType


class NotificationMatter(StrEnum):
    """What a notification is about.

    `alarm`: something approved may not go out as it was meant. `halt`: a broadcast paused itself. `came-back`:
    much of one that is over came back for a reason of ours. `urgent-reply`:
    somebody may be in danger. `to-decide`: something was submitted. `waiting`: something approved needs a person before
    it can go out. `approved`, `rejected` and `resubmit` tell an author what became of a submission.
    """

    ALARM = "alarm"
    HALT = "halt"
    CAME_BACK = "came-back"
    URGENT_REPLY = "urgent-reply"
    TO_DECIDE = "to-decide"
    WAITING = "waiting"
    REJECTED = "rejected"
    RESUBMIT = "resubmit"
    APPROVED = "approved"


ALARMING_MATTERS = frozenset(
    {NotificationMatter.ALARM, NotificationMatter.HALT, NotificationMatter.CAME_BACK, NotificationMatter.URGENT_REPLY}
)
"""Urgent matters: notified at any hour, and reminded of soon."""

TOLD_ONCE = frozenset({NotificationMatter.REJECTED, NotificationMatter.RESUBMIT, NotificationMatter.APPROVED})
"""News, without reminders."""

REMINDERS: Mapping[bool, Sequence[timedelta]] = MappingProxyType(
    {
        True: (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4)),
        False: (timedelta(hours=1), timedelta(hours=4), timedelta(days=1)),
    }
)
"""How long after the first, the second, the third and each further time it is told again; by whether it is urgent."""

RETRIES = (timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=15))
"""How long after the first, second and each further failure in a row it is tried again."""

SHORTEST_INTERVAL = timedelta(minutes=3)
"""The shortest time between two messages to one person: what comes meanwhile goes into the second one."""


SUPPRESSED = "suppressed"
"""The reason where an address was suppressed."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One matter for one person (a key of `people`). `subject` is the opaque id of what it is about; `urgent` says that
    quiet hours do not hold it back.
    """

    matter: NotificationMatter
    subject: str
    person: str
    urgent: bool

    @property
    def key(self) -> tuple[str, str, str]:
        """Its key in the ledger."""
        return self.matter.value, self.subject, self.person


class NotificationResult(StrEnum):
    """The result of a notification. `open`: it was begun, and whether it arrived is unknown."""

    OPEN = "open"
    TOLD = "told"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NotificationHistory:
    """How often somebody was told, or may have been; how often in a row it failed since, when it was tried last, and
    why that failed.
    """

    told: int
    failures: int
    tried_at: datetime
    result: NotificationResult
    reason: str = ""


def next_notification_at(notification: Notification, before: NotificationHistory) -> datetime | None:
    """When it is told again; None for never."""
    if before.result is NotificationResult.FAILED:
        return before.tried_at + RETRIES[min(before.failures, len(RETRIES)) - 1]
    if before.result is NotificationResult.TOLD and notification.matter in TOLD_ONCE:
        return None
    delays = REMINDERS[notification.urgent]
    if before.result is NotificationResult.OPEN:
        return before.tried_at + delays[0]
    return before.tried_at + delays[min(before.told, len(delays)) - 1]


def is_notification_due(notification: Notification, before: NotificationHistory | None, moment: datetime) -> bool:
    """Whether it is to be told now: what nobody was told of yet is."""
    if before is None:
        return True
    following = next_notification_at(notification, before)
    return following is not None and following <= moment
