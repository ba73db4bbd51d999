"""What staff were told of: one row for each matter and person, written before the message is handed over."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from broadcaster.domain.notifications import Notification, NotificationHistory, NotificationResult
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import insert_if_new
from broadcaster.ledger.database.tables import notifications

NotificationKey = tuple[str, str, str]
"""Matter, subject and person."""


def list_all(conn: Connection) -> dict[NotificationKey, NotificationHistory]:
    """Everything that somebody was told of and that stood when this was looked at last."""
    return {
        (row.matter, row.subject, row.person): NotificationHistory(
            row.told, row.failures, row.tried_at, NotificationResult(row.result), row.reason
        )
        for row in conn.execute(select(notifications))
    }


def record_attempt(
    conn: WriteConnection, one: Notification, before: NotificationHistory | None, moment: datetime
) -> bool:
    """Note that somebody is being told at this moment. False, and nothing changed, when another process has begun to
    tell them since `before` was read.
    """
    matter, subject, person = one.key
    if before is None:
        row = {"matter": matter, "subject": subject, "person": person, "told": 1, "failures": 0}
        return insert_if_new(conn, notifications, {**row, "tried_at": moment, "result": NotificationResult.OPEN})
    change = update(notifications).where(_has_key(one.key), notifications.c.tried_at == before.tried_at)
    values = {"told": notifications.c.told + 1, "tried_at": moment, "result": NotificationResult.OPEN}
    return conn.execute(change.values(values)).rowcount == 1


def record_result(conn: WriteConnection, one: Notification, result: NotificationResult, reason: str = "") -> None:
    """Note what came of telling them. What has failed does not count as told."""
    failed = result is NotificationResult.FAILED
    values = {
        "told": notifications.c.told - int(failed),
        "failures": notifications.c.failures + 1 if failed else 0,
        "result": result,
        "reason": reason,
    }
    conn.execute(update(notifications).where(_has_key(one.key)).values(values))


def remove(conn: WriteConnection, keys: Iterable[NotificationKey]) -> None:
    """Drop what was dealt with: should it come again, it is told anew."""
    for key in keys:
        conn.execute(delete(notifications).where(_has_key(key)))


def _has_key(key: NotificationKey) -> ColumnElement[bool]:
    matter, subject, person = key
    return and_(notifications.c.matter == matter, notifications.c.subject == subject, notifications.c.person == person)
