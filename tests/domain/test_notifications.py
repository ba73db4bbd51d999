"""When something is told again."""

from datetime import UTC, datetime, timedelta

import pytest

from broadcaster.domain.notifications import (
    Notification,
    NotificationHistory,
    NotificationMatter,
    NotificationResult,
    is_notification_due,
    next_notification_at,
)

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


def one(matter: NotificationMatter = NotificationMatter.HALT, *, urgent: bool = True) -> Notification:
    return Notification(matter, "b1", "david", urgent)


def delay(notification: Notification, telling: NotificationHistory) -> timedelta | None:
    following = next_notification_at(notification, telling)
    return following - telling.tried_at if following else None


@pytest.mark.parametrize(("urgent", "minutes"), [(True, [15, 60, 240, 240]), (False, [60, 240, 24 * 60, 24 * 60])])
def test_reminders_come_more_and_more_seldom(urgent: bool, minutes: list[int]) -> None:
    tellings = [NotificationHistory(told, 0, NOW, NotificationResult.TOLD) for told in (1, 2, 3, 9)]
    found = [delay(one(NotificationMatter.TO_DECIDE, urgent=urgent), telling) for telling in tellings]
    assert found == [timedelta(minutes=one) for one in minutes]


def test_failures_are_tried_again_sooner() -> None:
    found = [
        delay(one(), NotificationHistory(0, failures, NOW, NotificationResult.FAILED)) for failures in (1, 2, 3, 4, 20)
    ]
    assert found == [timedelta(minutes=one) for one in (1, 2, 5, 15, 15)]


@pytest.mark.parametrize(
    "matter", [NotificationMatter.APPROVED, NotificationMatter.REJECTED, NotificationMatter.RESUBMIT]
)
def test_news_is_told_once_unless_it_may_not_have_arrived(matter: NotificationMatter) -> None:
    assert delay(one(matter), NotificationHistory(1, 0, NOW, NotificationResult.TOLD)) is None
    assert delay(one(matter), NotificationHistory(1, 0, NOW, NotificationResult.OPEN)) == timedelta(minutes=15)


def test_what_was_never_told_is_due() -> None:
    assert is_notification_due(one(), None, NOW)
    assert not is_notification_due(
        one(), NotificationHistory(1, 0, NOW, NotificationResult.TOLD), NOW + timedelta(minutes=14)
    )
    assert is_notification_due(
        one(), NotificationHistory(1, 0, NOW, NotificationResult.TOLD), NOW + timedelta(minutes=15)
    )


def test_what_may_not_have_arrived_does_not_come_more_seldom() -> None:
    assert {delay(one(), NotificationHistory(told, 0, NOW, NotificationResult.OPEN)) for told in (1, 2, 9)} == {
        timedelta(minutes=15)
    }
