"""What staff were told of, on both databases."""

from datetime import timedelta

from broadcaster.domain.notifications import Notification, NotificationHistory, NotificationMatter, NotificationResult
from broadcaster.ledger import Ledger
from broadcaster.ledger.staff import notifications
from tests.ledger.stage import NOW

HALT = Notification(NotificationMatter.HALT, "b1", "david", urgent=True)
LATER = NOW + timedelta(minutes=15)


def test_it_is_written_down_before_it_is_told_and_counted_after(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        assert notifications.record_attempt(conn, HALT, None, NOW)
        begun = NotificationHistory(1, 0, NOW, NotificationResult.OPEN)
        assert notifications.list_all(conn) == {HALT.key: begun}
        assert not notifications.record_attempt(conn, HALT, None, LATER)
        notifications.record_result(conn, HALT, NotificationResult.TOLD)
        assert notifications.list_all(conn) == {HALT.key: NotificationHistory(1, 0, NOW, NotificationResult.TOLD)}
        assert notifications.record_attempt(conn, HALT, begun, LATER)
        assert not notifications.record_attempt(conn, HALT, begun, LATER)
        notifications.record_result(conn, HALT, NotificationResult.TOLD)
        assert notifications.list_all(conn) == {HALT.key: NotificationHistory(2, 0, LATER, NotificationResult.TOLD)}


def test_what_failed_was_not_told(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        before = None
        for failures in (1, 2):
            assert notifications.record_attempt(conn, HALT, before, NOW)
            notifications.record_result(conn, HALT, NotificationResult.FAILED, "cannot-connect")
            before = notifications.list_all(conn)[HALT.key]
            assert before == NotificationHistory(0, failures, NOW, NotificationResult.FAILED, "cannot-connect")
        assert notifications.record_attempt(conn, HALT, before, LATER)
        notifications.record_result(conn, HALT, NotificationResult.TOLD)
        assert notifications.list_all(conn)[HALT.key] == NotificationHistory(1, 0, LATER, NotificationResult.TOLD)


def test_what_was_dealt_with_is_told_anew(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        notifications.record_attempt(conn, HALT, None, NOW)
        notifications.remove(conn, [HALT.key, ("halt", "b2", "david")])
        assert notifications.record_attempt(conn, HALT, None, LATER)
