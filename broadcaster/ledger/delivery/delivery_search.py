"""Pages of a broadcast's deliveries, forwards and backwards by number.

A page is read from several index ranges. Deliveries that share state and reason lie in the order of their numbers in
one index; queued ones lie in the queue's own index. So the next rows of each range are found at once among a million,
without sorting or scanning. The nearest rows of all ranges together are the page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, TextClause, select

from broadcaster.domain.states import DeliveryState
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.database.conditions import IS_QUEUED, IS_SENDING, IS_SETTLED
from broadcaster.ledger.database.tables import deliveries
from broadcaster.ledger.delivery.deliveries import Delivery, list_by_numbers

_OPEN = frozenset({DeliveryState.QUEUED, DeliveryState.SENDING})

Condition = ColumnElement[bool] | TextClause
IndexedConditions = tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class DeliverySelection:
    """Which deliveries to list: those in a state, and of these those with a reason; None means all."""

    state: DeliveryState | None = None
    reason: str | None = None


ALL_DELIVERIES = DeliverySelection()


@dataclass(frozen=True, slots=True)
class SelectedDeliveries:
    """The deliveries of a selection, for as long as the transaction lasts."""

    conn: Connection
    ranges: Sequence[IndexedConditions]

    def after(self, number: int, limit: int) -> list[Delivery]:
        """The next deliveries after a number (0 to begin)."""
        query = select(deliveries.c.seq).where(deliveries.c.seq > number).order_by(deliveries.c.seq).limit(limit)
        return list_by_numbers(self.conn, sorted(self._numbers(query))[:limit])

    def before(self, number: int, limit: int) -> list[Delivery]:
        """The last deliveries before a number, in the order of their numbers."""
        backwards = deliveries.c.seq.desc()
        query = select(deliveries.c.seq).where(deliveries.c.seq < number).order_by(backwards).limit(limit)
        return list_by_numbers(self.conn, sorted(self._numbers(query))[-limit:])

    def _numbers(self, query: Select[Any]) -> Iterator[int]:
        """The numbers that a query finds in each range."""
        for conditions in self.ranges:
            yield from self.conn.execute(query.where(*conditions)).scalars()


def select_deliveries(
    conn: Connection, broadcast_id: str, selection: DeliverySelection = ALL_DELIVERIES
) -> SelectedDeliveries:
    """The deliveries of a broadcast in a selection. Raises `UnknownBroadcastError`."""
    return SelectedDeliveries(conn, tuple(_indexed_conditions(conn, broadcasts.seq_of(conn, broadcast_id), selection)))


def list_page(
    conn: Connection, broadcast_id: str, selection: DeliverySelection, after: int, limit: int
) -> list[Delivery]:
    """The next deliveries of a selection after a number (0 to begin)."""
    return select_deliveries(conn, broadcast_id, selection).after(after, limit)


def list_reasons(conn: Connection, broadcast_id: str, state: DeliveryState) -> list[str]:
    """The reasons of deliveries in a state, without ""; none for queued and sending ones."""
    if state in _OPEN:
        return []
    return [reason for reason in _reasons(conn, broadcasts.seq_of(conn, broadcast_id), state) if reason]


def _indexed_conditions(conn: Connection, broadcast: int, selection: DeliverySelection) -> Iterator[IndexedConditions]:
    of_broadcast = deliveries.c.broadcast == broadcast
    for state in DeliveryState if selection.state is None else (selection.state,):
        if state is DeliveryState.QUEUED:
            yield from _queued_conditions(conn, of_broadcast)
        elif state is DeliveryState.SENDING:
            yield (IS_SENDING, of_broadcast)
        else:
            reasons = _reasons(conn, broadcast, state) if selection.reason is None else [selection.reason]
            yield from (
                (IS_SETTLED, of_broadcast, deliveries.c.state == state, deliveries.c.reason == reason)
                for reason in reasons
            )


def _queued_conditions(conn: Connection, of_broadcast: ColumnElement[bool]) -> Iterator[IndexedConditions]:
    """Ranges of the queue's index. Deferred deliveries are not in the order of their numbers, but they are few."""
    ordered_by = [deliveries.c[name] for name in ("channel", "provider", "zone")]
    for values in _distinct_values(conn, ordered_by, (IS_QUEUED, of_broadcast)):
        same_values = [column == value for column, value in zip(ordered_by, values, strict=True)]
        yield (IS_QUEUED, of_broadcast, *same_values, deliveries.c.due_at == 0)
        yield (IS_QUEUED, of_broadcast, *same_values, deliveries.c.due_at > 0)


def _reasons(conn: Connection, broadcast: int, state: DeliveryState) -> list[str]:
    alike = (IS_SETTLED, deliveries.c.broadcast == broadcast, deliveries.c.state == state)
    return [str(reason) for (reason,) in _distinct_values(conn, [deliveries.c.reason], alike)]


def _distinct_values(
    conn: Connection, columns: Sequence[Column[Any]], where: IndexedConditions
) -> Iterator[tuple[Any, ...]]:
    """The distinct values of columns, by a step in the index each.

    DISTINCT would scan all rows, and so would a comparison of several columns at once.
    """
    column, *others = columns
    query = select(column).where(*where).order_by(column).limit(1)
    value = conn.execute(query).scalar()
    while value is not None:
        if others:
            yield from ((value, *rest) for rest in _distinct_values(conn, others, (*where, column == value)))
        else:
            yield (value,)
        value = conn.execute(query.where(column > value)).scalar()
