"""Looking through the deliveries of a broadcast, a page at a time, forwards and backwards by their numbers.

A page is read from lanes: whatever is alike in state and reason (of those that wait, in what the queue is ordered by)
lies in the order of its numbers in some index, so that the next ones are found at once, however few of a million they
are, and nothing is sorted or passed over. The nearest of all lanes together are the page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, TextClause, select, text

from broadcaster.domain.states import DeliveryState
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.database.tables import deliveries
from broadcaster.ledger.delivery.deliveries import Delivery, list_by_numbers

# In the words of their indexes, or SQLite does not see that it may use them.
_QUEUED = text("deliveries.state = 'queued'")
_SENDING = text("deliveries.state = 'sending'")
_SETTLED = text("deliveries.state NOT IN ('queued', 'sending')")

_OPEN = frozenset({DeliveryState.QUEUED, DeliveryState.SENDING})

Condition = ColumnElement[bool] | TextClause
IndexedConditions = tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class DeliverySelection:
    """Which deliveries are looked through: those in a state, and of them those for a reason; None is for all."""

    state: DeliveryState | None = None
    reason: str | None = None


ALL_DELIVERIES = DeliverySelection()


@dataclass(frozen=True, slots=True)
class SelectedDeliveries:
    """What is looked through, for as long as the transaction lasts."""

    conn: Connection
    lanes: Sequence[IndexedConditions]

    def after(self, number: int, limit: int) -> list[Delivery]:
        """The next deliveries behind that number (0 to begin)."""
        wanted = select(deliveries.c.seq).where(deliveries.c.seq > number).order_by(deliveries.c.seq).limit(limit)
        return list_by_numbers(self.conn, sorted(self._numbers(wanted))[:limit])

    def before(self, number: int, limit: int) -> list[Delivery]:
        """The last deliveries before that number, the first of them first."""
        backwards = deliveries.c.seq.desc()
        wanted = select(deliveries.c.seq).where(deliveries.c.seq < number).order_by(backwards).limit(limit)
        return list_by_numbers(self.conn, sorted(self._numbers(wanted))[-limit:])

    def _numbers(self, wanted: Select[Any]) -> Iterator[int]:
        """What is wanted, of each lane."""
        for lane in self.lanes:
            yield from self.conn.execute(wanted.where(*lane)).scalars()


def select_deliveries(
    conn: Connection, broadcast_id: str, among: DeliverySelection = ALL_DELIVERIES
) -> SelectedDeliveries:
    """The deliveries of a broadcast that are asked for."""
    return SelectedDeliveries(conn, tuple(_indexed_conditions(conn, broadcasts.seq_of(conn, broadcast_id), among)))


def list_page(conn: Connection, broadcast_id: str, among: DeliverySelection, after: int, limit: int) -> list[Delivery]:
    """The next deliveries behind number `after` (0 to begin)."""
    return select_deliveries(conn, broadcast_id, among).after(after, limit)


def list_reasons(conn: Connection, broadcast_id: str, state: DeliveryState) -> list[str]:
    """The reasons for which deliveries are in a state, of those that are settled; "" is left out."""
    if state in _OPEN:
        return []
    return [one for one in _reasons(conn, broadcasts.seq_of(conn, broadcast_id), state) if one]


def _indexed_conditions(conn: Connection, broadcast: int, among: DeliverySelection) -> Iterator[IndexedConditions]:
    here = deliveries.c.broadcast == broadcast
    for state in DeliveryState if among.state is None else (among.state,):
        if state is DeliveryState.QUEUED:
            yield from _queued_conditions(conn, here)
        elif state is DeliveryState.SENDING:
            yield (_SENDING, here)
        else:
            why = _reasons(conn, broadcast, state) if among.reason is None else [among.reason]
            yield from ((_SETTLED, here, deliveries.c.state == state, deliveries.c.reason == one) for one in why)


def _queued_conditions(conn: Connection, here: ColumnElement[bool]) -> Iterator[IndexedConditions]:
    """What waits lies in the queue's order; those that were put off must be sorted, and are few."""
    ordered_by = [deliveries.c[name] for name in ("channel", "provider", "zone")]
    for values in _distinct_values(conn, ordered_by, (_QUEUED, here)):
        alike = [column == value for column, value in zip(ordered_by, values, strict=True)]
        yield (_QUEUED, here, *alike, deliveries.c.due_at == 0)
        yield (_QUEUED, here, *alike, deliveries.c.due_at > 0)


def _reasons(conn: Connection, broadcast: int, state: DeliveryState) -> list[str]:
    alike = (_SETTLED, deliveries.c.broadcast == broadcast, deliveries.c.state == state)
    return [str(reason) for (reason,) in _distinct_values(conn, [deliveries.c.reason], alike)]


def _distinct_values(
    conn: Connection, columns: Sequence[Column[Any]], where: IndexedConditions
) -> Iterator[tuple[Any, ...]]:
    """The values that there are, by a step from each to the next one in the index: DISTINCT would walk through all, and
    so would a comparison of several columns at once.
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
