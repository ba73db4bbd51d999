"""What staff were told of: one row for each matter and person, written before the message is handed over."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from broadcaster.domain.notifications import Notification, Result, Telling
from broadcaster.ledger.connections import WriteConnection
from broadcaster.ledger.dialect import put_new
from broadcaster.ledger.tables import notifications

Key = tuple[str, str, str]
"""Matter, subject and person."""


def all(conn: Connection) -> dict[Key, Telling]:
    """Everything that somebody was told of and that stood when this was looked at last."""
    return {
        (row.matter, row.subject, row.person): Telling(
            row.told, row.failures, row.tried_at, Result(row.result), row.reason
        )
        for row in conn.execute(select(notifications))
    }


def begin(conn: WriteConnection, one: Notification, before: Telling | None, moment: datetime) -> bool:
    """Note that somebody is being told at this moment. False, and nothing changed, when another process has begun to
    tell them since `before` was read.
    """
    matter, subject, person = one.key
    if before is None:
        row = {"matter": matter, "subject": subject, "person": person, "told": 1, "failures": 0}
        return put_new(conn, notifications, {**row, "tried_at": moment, "result": Result.OPEN})
    change = update(notifications).where(_is(one.key), notifications.c.tried_at == before.tried_at)
    values = {"told": notifications.c.told + 1, "tried_at": moment, "result": Result.OPEN}
    return conn.execute(change.values(values)).rowcount == 1


def end(conn: WriteConnection, one: Notification, result: Result, reason: str = "") -> None:
    """Note what came of telling them. What has failed does not count as told."""
    failed = result is Result.FAILED
    values = {
        "told": notifications.c.told - int(failed),
        "failures": notifications.c.failures + 1 if failed else 0,
        "result": result,
        "reason": reason,
    }
    conn.execute(update(notifications).where(_is(one.key)).values(values))


def forget(conn: WriteConnection, keys: Iterable[Key]) -> None:
    """Drop what was dealt with: should it come again, it is told anew."""
    for key in keys:
        conn.execute(delete(notifications).where(_is(key)))


def _is(key: Key) -> ColumnElement[bool]:
    matter, subject, person = key
    return and_(notifications.c.matter == matter, notifications.c.subject == subject, notifications.c.person == person)
