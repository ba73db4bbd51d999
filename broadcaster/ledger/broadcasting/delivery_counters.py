"""Counters: how many deliveries of a broadcast are in each state, changed in the transaction that moves them.

Whoever moves deliveries holds the broadcast's row (`broadcasts.lock`), so counters of one broadcast change one
transaction at a time; within it they change in the order of their keys.
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
    """Deliveries by provider, channel and state; what there is none of is left out."""
    query = (
        select(counters.c.provider, counters.c.channel, counters.c.state, counters.c.n)
        .join(broadcasts, broadcasts.c.seq == counters.c.broadcast)
        .where(broadcasts.c.id == broadcast_id, counters.c.n != 0)
    )
    found: dict[tuple[str, Channel, DeliveryState], int] = {}
    for row in conn.execute(query):
        key = (row.provider, Channel(row.channel), DeliveryState(row.state))
        found[key] = found.get(key, 0) + row.n
    return found


def count_by_state(conn: Connection, broadcast_id: str) -> dict[DeliveryState, int]:
    """Deliveries by state, in the order of the states."""
    total: Counter[DeliveryState] = Counter()
    for (_, _, state), n in count_by_provider_and_state(conn, broadcast_id).items():
        total[state] += n
    return {state: total[state] for state in DeliveryState if total[state]}


def count_by_provider(conn: Connection, broadcast_id: str) -> dict[str, int]:
    """Deliveries by provider, whatever their state."""
    total: Counter[str] = Counter()
    for (provider, _, _), n in count_by_provider_and_state(conn, broadcast_id).items():
        total[provider] += n
    return dict(sorted(total.items()))


def changes_by_moves(rows: Iterable[ResultRow], states: Iterable[str]) -> Counter[CounterKey]:
    """The change of counters when deliveries, as they were read, each get a new state."""
    by: Counter[CounterKey] = Counter()
    pairs = ((row.provider, row.channel, row.zone, row.state, new) for row, new in zip(rows, states, strict=True))
    for (provider, channel, zone, old, new), n in Counter(pairs).items():
        by[provider, channel, zone, old] -= n
        by[provider, channel, zone, new] += n
    return by


def apply_changes(conn: Connection, broadcast: int, by: Mapping[CounterKey, int]) -> None:
    """Add to the counters of a broadcast (its number). The caller holds the broadcast's row."""
    rows = [
        {"broadcast": broadcast, "provider": provider, "channel": channel, "zone": zone, "state": state, "n": n}
        for (provider, channel, zone, state), n in sorted(by.items())
        if n
    ]
    if rows:
        conn.execute(_upsert(conn.dialect.name), rows)


def count_open(conn: Connection, broadcast: int) -> int:
    """How many deliveries something will still be done about by itself."""
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
