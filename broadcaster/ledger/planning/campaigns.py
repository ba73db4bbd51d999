"""Campaigns, as far as the ledger knows them: what config.yaml said last, and how far their rule was walked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from broadcaster.ledger.database.column_types import now_utc
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import insert_if_new, insert_into
from broadcaster.ledger.database.tables import campaigns


@dataclass(frozen=True, slots=True)
class CampaignRecord:
    """`definition` is canonical JSON; `planned_until` the last wall time written down; `gone_at` is set when
    config.yaml no longer has it.
    """

    name: str
    definition: str
    planned_until: datetime | None
    gone_at: datetime | None


def sync(conn: WriteConnection, definitions: Mapping[str, str]) -> None:
    """Make the campaigns those of config.yaml: name to canonical JSON. What is gone is marked, never deleted."""
    known = {row.name: row for row in conn.execute(select(campaigns))}
    stamp = now_utc()
    for name, definition in definitions.items():
        row = known.get(name)
        if row is None or row.definition != definition or row.gone_at is not None:
            _save_definition(conn, name, definition)
    for name, row in known.items():
        if name not in definitions and row.gone_at is None:
            conn.execute(update(campaigns).where(campaigns.c.name == name).values(gone_at=stamp))


def get(conn: Connection, name: str) -> CampaignRecord | None:
    """The campaign of that name."""
    row = conn.execute(select(campaigns).where(campaigns.c.name == name)).first()
    return None if row is None else CampaignRecord(row.name, row.definition, row.planned_until, row.gone_at)


def planned_until(conn: Connection, name: str) -> datetime | None:
    """Up to which wall time its occurrences were written down; None when none were."""
    return conn.execute(select(campaigns.c.planned_until).where(campaigns.c.name == name)).scalar()


def set_planned_until(conn: WriteConnection, name: str, wall: datetime) -> None:
    """Remember how far its rule was walked."""
    ensure(conn, name)
    conn.execute(update(campaigns).where(campaigns.c.name == name).values(planned_until=wall))


def lock(conn: WriteConnection, name: str) -> None:
    """Be the only one who decides about a campaign until the transaction ends."""
    conn.execute(select(campaigns.c.name).where(campaigns.c.name == name).with_for_update())


def ensure(conn: WriteConnection, name: str) -> None:
    """See that there is a campaign of that name for other rows to point at."""
    insert_if_new(conn, campaigns, {"name": name, "definition": "{}", "changed_at": now_utc()})


def _save_definition(conn: WriteConnection, name: str, definition: str) -> None:
    stamp = now_utc()
    put = insert_into(conn.dialect.name, campaigns).values(name=name, definition=definition, changed_at=stamp)
    changed = {"definition": definition, "changed_at": stamp, "gone_at": None}
    conn.execute(put.on_conflict_do_update(index_elements=["name"], set_=changed))
