"""What staff were told of, on both databases."""

from datetime import timedelta

from broadcaster.domain.notifications import Matter, Notification, Result, Telling
from broadcaster.ledger import Ledger, notifications
from tests.ledger.stage import NOW

HALT = Notification(Matter.HALT, "b1", "david", urgent=True)
LATER = NOW + timedelta(minutes=15)


def test_it_is_written_down_before_it_is_told_and_counted_after(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        assert notifications.begin(conn, HALT, None, NOW)
        begun = Telling(1, 0, NOW, Result.OPEN)
        assert notifications.all(conn) == {HALT.key: begun}
        assert not notifications.begin(conn, HALT, None, LATER)
        notifications.end(conn, HALT, Result.TOLD)
        assert notifications.all(conn) == {HALT.key: Telling(1, 0, NOW, Result.TOLD)}
        assert notifications.begin(conn, HALT, begun, LATER)
        assert not notifications.begin(conn, HALT, begun, LATER)
        notifications.end(conn, HALT, Result.TOLD)
        assert notifications.all(conn) == {HALT.key: Telling(2, 0, LATER, Result.TOLD)}


def test_what_failed_was_not_told(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        before = None
        for failures in (1, 2):
            assert notifications.begin(conn, HALT, before, NOW)
            notifications.end(conn, HALT, Result.FAILED, "cannot-connect")
            before = notifications.all(conn)[HALT.key]
            assert before == Telling(0, failures, NOW, Result.FAILED, "cannot-connect")
        assert notifications.begin(conn, HALT, before, LATER)
        notifications.end(conn, HALT, Result.TOLD)
        assert notifications.all(conn)[HALT.key] == Telling(1, 0, LATER, Result.TOLD)


def test_what_was_dealt_with_is_told_anew(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        notifications.begin(conn, HALT, None, NOW)
        notifications.forget(conn, [HALT.key, ("halt", "b2", "david")])
        assert notifications.begin(conn, HALT, None, LATER)
