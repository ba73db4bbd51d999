"""What people chose themselves, by the blind index of an address of theirs. It wins over any roster."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select

from broadcaster.domain.wishes import Preference, Wish
from broadcaster.ledger.statements import insert_into, one_of
from broadcaster.ledger.tables import consent
from broadcaster.ledger.types import now


def put(conn: Connection, blind: bytes, preference: str, source: str) -> None:
    """Remember the last word of whoever has this address; `source` says where it was given ("door", "sms")."""
    row = {"blind": blind, "preference": Preference(preference).value, "source": source, "chosen_at": now()}
    insert = insert_into(conn.dialect.name, consent).values(row)
    conn.execute(insert.on_conflict_do_update(index_elements=["blind"], set_=row))


def forget(conn: Connection, blind: bytes) -> bool:
    """Forget what was chosen, so that the roster counts again; False when nothing was."""
    return conn.execute(delete(consent).where(consent.c.blind == blind)).rowcount == 1


def among(conn: Connection, blinds: Iterable[bytes]) -> dict[bytes, Wish]:
    """What those of these addresses chose that chose anything."""
    wanted = one_of(conn, consent.c.blind, blinds)
    query = select(consent.c.blind, consent.c.preference, consent.c.chosen_at).where(wanted)
    return {row.blind: Wish(Preference(row.preference), row.chosen_at) for row in conn.execute(query)}
