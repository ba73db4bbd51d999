"""What people chose themselves, by the blind index of an address of theirs. It wins over any roster."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from broadcaster.domain.contact.preferences import Preference, PreferenceChoice
from broadcaster.ledger.database.column_types import now_utc
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import in_bytes, insert_into
from broadcaster.ledger.database.tables import consent

_MOMENT = timedelta(microseconds=1)


def save(conn: WriteConnection, blind: bytes, preference: str, source: str, sibling: bytes | None = None) -> bool:
    """Remember the last word of whoever has this address; `source` says where it was given ("door", "sms"), `kin` is
    the blind index of the person's other address, where it is known. False when the same was said here before.

    Said again it is the last word again, for of what was said by two addresses the later counts. So it never is older
    than what is known already, also where the clock was put back in between.
    """
    said = find_chosen(conn, [index for index in (blind, sibling) if index is not None])
    moment = max([now_utc(), *(wish.chosen_at + _MOMENT for wish in said.values())])
    chosen = Preference(preference)
    row = {"blind": blind, "preference": chosen.value, "source": source, "chosen_at": moment}
    insert = insert_into(conn.dialect.name, consent).values(row)
    conn.execute(insert.on_conflict_do_update(index_elements=["blind"], set_=row))
    return blind not in said or said[blind].preference is not chosen


def forget(conn: WriteConnection, blind: bytes) -> bool:
    """Forget what was chosen, so that the roster counts again; False when nothing was."""
    return conn.execute(delete(consent).where(consent.c.blind == blind)).rowcount == 1


def find_chosen(conn: Connection, blinds: Iterable[bytes]) -> dict[bytes, PreferenceChoice]:
    """What those of these addresses chose that chose anything."""
    wanted = in_bytes(conn, consent.c.blind, blinds)
    query = select(consent.c.blind, consent.c.preference, consent.c.chosen_at).where(wanted)
    return {row.blind: PreferenceChoice(Preference(row.preference), row.chosen_at) for row in conn.execute(query)}


def count_by_preference(conn: Connection) -> dict[Preference, int]:
    """By how many addresses each thing was chosen."""
    query = select(consent.c.preference, func.count()).group_by(consent.c.preference)
    found = {Preference(chosen): int(count) for chosen, count in conn.execute(query)}
    return {one: found[one] for one in Preference if one in found}


def current_version(conn: Connection) -> tuple[int, datetime | None]:
    """Another one whenever somebody chose anew or was forgotten, so that what was counted can be told to be old."""
    row = conn.execute(select(func.count(), func.max(consent.c.chosen_at)).select_from(consent)).one()
    return row[0], row[1]
