"""The ledger's rows as they stand, read past our own code: by sqlite3, from the file."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from broadcaster.domain.local_time import walltime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ApprovalRow:
    id: str
    campaign: str
    wall: datetime | None
    digest: str
    state: str
    note: str
    at_once: bool


@dataclass(frozen=True)
class OccurrenceRow:
    seq: int
    campaign: str
    wall: datetime
    due: datetime
    state: str
    reason: str


@dataclass(frozen=True)
class BroadcastRow:
    id: str
    state: str
    occurrence: OccurrenceRow
    approval: str


@dataclass(frozen=True)
class DeliveryRow:
    id: str
    broadcast: str
    state: str
    reason: str
    due: datetime


@dataclass(frozen=True)
class Facts:
    """All that the invariants ask for."""

    approvals: dict[str, ApprovalRow]
    occurrences: dict[tuple[str, datetime], OccurrenceRow]
    broadcasts: dict[str, BroadcastRow]
    deliveries: dict[str, DeliveryRow]
    miscounted: str

    def broadcasts_of(self, campaign: str) -> list[BroadcastRow]:
        """Those that were made whole."""
        return [
            one for one in self.broadcasts.values() if one.occurrence.campaign == campaign and one.state != "releasing"
        ]

    def broadcast_of(self, occurrence: OccurrenceRow) -> BroadcastRow | None:
        found = (one for one in self.broadcasts.values() if one.occurrence.seq == occurrence.seq)
        return next((one for one in found if one.state != "releasing"), None)


def dump(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with _open(folder) as conn:
        names = [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: conn.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}  # noqa: S608 (its own names)


def read(folder: Path) -> Facts:
    with _open(folder) as conn:
        approvals = {
            row["id"]: ApprovalRow(
                row["id"],
                row["campaign"],
                _wall(row["wall"]),
                row["digest"],
                row["state"],
                row["note"],
                '"at_once": true' in row["inputs"],
            )
            for row in conn.execute("SELECT * FROM approvals ORDER BY seq")
        }
        occurrences = {
            row["seq"]: OccurrenceRow(
                row["seq"],
                row["campaign"],
                walltime.parse(row["wall"]),
                _moment(row["due_at"]),
                row["state"],
                row["reason"],
            )
            for row in conn.execute("SELECT * FROM occurrences ORDER BY seq")
        }
        broadcasts = {
            row["id"]: BroadcastRow(row["id"], row["state"], occurrences[row["occurrence"]], row["signed"])
            for row in conn.execute(
                "SELECT b.*, a.id AS signed FROM broadcasts b JOIN approvals a ON a.seq = b.approval ORDER BY b.seq"
            )
        }
        deliveries = {
            row["id"]: DeliveryRow(row["id"], row["its"], row["state"], row["reason"], _moment(row["due_at"]))
            for row in conn.execute(
                "SELECT d.*, b.id AS its FROM deliveries d JOIN broadcasts b ON b.seq = d.broadcast ORDER BY d.seq"
            )
        }
        miscounted = _miscounted(conn)
    by_key = {(one.campaign, one.wall): one for one in occurrences.values()}
    return Facts(approvals, by_key, broadcasts, deliveries, miscounted)


def _miscounted(conn: sqlite3.Connection) -> str:
    """Where counters and rows differ, in words; "" where they do not."""
    counters = conn.execute("SELECT broadcast, provider, channel, zone, state, n FROM counters WHERE n <> 0")
    counted = Counter({tuple(row)[:-1]: row["n"] for row in counters})
    rows = Counter(map(tuple, conn.execute("SELECT broadcast, provider, channel, zone, state FROM deliveries")))
    return "" if counted == rows else f"counters {dict(counted)}, rows {dict(rows)}"


def _wall(text: str | None) -> datetime | None:
    return walltime.parse(text) if text else None


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


@contextmanager
def _open(folder: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(folder / "var" / "broadcaster.db")) as conn:
        conn.row_factory = sqlite3.Row
        yield conn
