"""Counters of a broadcast's deliveries by state, changed in the transaction that changes the deliveries.

The caller holds the broadcast's lock (`broadcasts.lock`), so one transaction at a time changes its counters.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

from sqlalchemy import Connection, bindparam, func, select

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.states import OPEN_STATES, DeliveryState
from broadcaster.ledger.database.dialect import Insert, ResultRow, insert_into
from broadcaster.ledger.database.tables import broadcasts, counters

CounterKey = tuple[str, str, int, str]
"""Provider, channel, zone, state."""


def count_by_provider_and_state(conn: Connection, broadcast_id: str) -> dict[tuple[str, Channel, DeliveryState], int]:
    """The number of deliveries by provider, channel and state; zeros are left out."""
    query = (
        select(counters.c.provider, counters.c.channel, counters.c.state, counters.c.n)
        .join(broadcasts, broadcasts.c.seq == counters.c.broadcast)
        .where(broadcasts.c.id == broadcast_id, counters.c.n != 0)
    )
    counts: dict[tuple[str, Channel, DeliveryState], int] = {}
    for row in conn.execute(query):
        key = (row.provider, Channel(row.channel), DeliveryState(row.state))
        counts[key] = counts.get(key, 0) + row.n
    return counts


def count_by_state(conn: Connection, broadcast_id: str) -> dict[DeliveryState, int]:
    """The number of deliveries by state, in the order of the states."""
    total: Counter[DeliveryState] = Counter()
    for (_, _, state), n in count_by_provider_and_state(conn, broadcast_id).items():
        total[state] += n
    return {state: total[state] for state in DeliveryState if total[state]}


def count_by_provider(conn: Connection, broadcast_id: str) -> dict[str, int]:
    """The number of deliveries by provider, in any state."""
    total: Counter[str] = Counter()
    for (provider, _, _), n in count_by_provider_and_state(conn, broadcast_id).items():
        total[provider] += n
    return dict(sorted(total.items()))


def changes_by_moves(rows: Iterable[ResultRow], states: Iterable[str]) -> Counter[CounterKey]:
    """How counters change when each of these deliveries, as read, gets its new state."""
    changes: Counter[CounterKey] = Counter()
    pairs = ((row.provider, row.channel, row.zone, row.state, new) for row, new in zip(rows, states, strict=True))
    for (provider, channel, zone, old, new), n in Counter(pairs).items():
        changes[provider, channel, zone, old] -= n
        changes[provider, channel, zone, new] += n
    return changes


def apply_changes(conn: Connection, broadcast: int, changes: Mapping[CounterKey, int]) -> None:
    """Add to the counters of a broadcast (its number). The caller holds its lock."""
    rows = [
        {"broadcast": broadcast, "provider": provider, "channel": channel, "zone": zone, "state": state, "n": n}
        for (provider, channel, zone, state), n in sorted(changes.items())
        if n
    ]
    if rows:
        conn.execute(_upsert(conn.dialect.name), rows)


def count_open(conn: Connection, broadcast: int) -> int:
    """How many deliveries are still to be sent or settled (`OPEN_STATES`)."""
    return int(conn.execute(_STILL_OPEN, {"broadcast": broadcast}).scalar_one())


_STILL_OPEN = select(func.coalesce(func.sum(counters.c.n), 0)).where(
    counters.c.broadcast == bindparam("broadcast"), counters.c.state.in_(sorted(OPEN_STATES))
)


@cache
def _upsert(dialect: str) -> Insert:
    insert = insert_into(dialect, counters)
    return insert.on_conflict_do_update(
        index_elements=["broadcast", "provider", "channel", "zone", "state"],
        set_={"n": counters.c.n + insert.excluded.n},
    )
