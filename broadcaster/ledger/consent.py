"""What people chose themselves, by the blind index of an address of theirs. It wins over any roster."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select

from broadcaster.ledger.statements import insert_into, one_of
from broadcaster.ledger.tables import consent
from broadcaster.ledger.types import now

NONE = "none"
"""The preference of somebody who wants no letters at all; "email" and "sms" are the others."""


def put(conn: Connection, blind: bytes, preference: str, source: str) -> None:
    """Remember the last word of whoever has this address; `source` says where it was given ("door", "sms")."""
    if preference not in (NONE, "email", "sms"):
        raise ValueError("a preference is none, email or sms")
    row = {"blind": blind, "preference": preference, "source": source, "chosen_at": now()}
    insert = insert_into(conn.dialect.name, consent).values(row)
    conn.execute(insert.on_conflict_do_update(index_elements=["blind"], set_=row))


def forget(conn: Connection, blind: bytes) -> bool:
    """Forget what was chosen, so that the roster counts again; False when nothing was."""
    return conn.execute(delete(consent).where(consent.c.blind == blind)).rowcount == 1


def among(conn: Connection, blinds: Iterable[bytes]) -> dict[bytes, str]:
    """What those of these addresses chose that chose anything."""
    query = select(consent.c.blind, consent.c.preference).where(one_of(conn, consent.c.blind, blinds))
    return {row.blind: row.preference for row in conn.execute(query)}
