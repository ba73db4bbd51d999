"""Who may sign in at the desk: passwords, links that are good once, and open sessions.

Secrets stand here as blind indexes only: who reads the database can neither use a link nor take over a session. Each
row is signed: who writes to the database without the key can give nobody another password, link or session. A row whose
signature does not fit is as good as none, and the log of the process says so.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, Table, delete, select, update

from broadcaster.ledger.database.column_types import now_utc, to_micros
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import ResultRow, insert_into
from broadcaster.ledger.database.engines import keyring_of
from broadcaster.ledger.database.tables import invitations, passwords, sessions, tries

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that somebody made for a person; `kind` says what it is good for."""

    mark: bytes
    person: str
    kind: str
    made_by: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Password:
    """The hash of a password (argon2id), and the signature of its row."""

    hash: str
    signature: str


@dataclass(frozen=True, slots=True)
class SignInSession:
    """Somebody who has signed in, since when, and when they were last seen."""

    mark: bytes
    person: str
    opened_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class PasswordTries:
    """How often a password was tried at one mark, and when the round began that they are counted in."""

    n: int
    began_at: datetime


def set_password(conn: WriteConnection, person: str, hashed: str) -> str:
    """Give a person a password, in the place of any they had; the signature of its row."""
    row = {"person": person, "hash": hashed, "set_at": now_utc()}
    row["signature"] = signature = _signature(conn, passwords, row)
    insert = insert_into(conn.dialect.name, passwords).values(row)
    conn.execute(insert.on_conflict_do_update(index_elements=["person"], set_=row))
    return signature


def get_password(conn: Connection, person: str) -> Password | None:
    """A person's password; None when they have none."""
    row = conn.execute(select(passwords).where(passwords.c.person == person)).first()
    return None if row is None or not _is_signature_valid(conn, passwords, row) else Password(row.hash, row.signature)


def list_people_with_password(conn: Connection) -> dict[str, datetime]:
    """Everybody who has a password, and since when."""
    return {
        row.person: row.set_at for row in conn.execute(select(passwords)) if _is_signature_valid(conn, passwords, row)
    }


def list_password_holders(conn: Connection) -> set[str]:
    """Everybody of whom a password is kept, an altered one too: what depends on there being one is not undone so."""
    return set(conn.execute(select(passwords.c.person)).scalars())


def add_invitation(conn: WriteConnection, new: Invitation) -> None:
    """Keep an invitation. Earlier ones for the same person are good no longer."""
    conn.execute(delete(invitations).where(invitations.c.person == new.person))
    row: dict[str, object] = {"mark": new.mark, "person": new.person, "kind": new.kind, "made_by": new.made_by}
    row |= {"made_at": now_utc(), "ends_at": new.ends_at}
    conn.execute(invitations.insert().values(**row, signature=_signature(conn, invitations, row)))


def get_invitation(conn: Connection, mark: bytes) -> Invitation | None:
    """The invitation with this mark, used up or not being told apart: a used one is gone."""
    row = conn.execute(select(invitations).where(invitations.c.mark == mark)).first()
    if row is None or not _is_signature_valid(conn, invitations, row):
        return None
    return Invitation(row.mark, row.person, row.kind, row.made_by, row.ends_at)


def use_up_invitation(conn: WriteConnection, mark: bytes) -> bool:
    """Take an invitation away because it was used; False when somebody else was quicker."""
    return conn.execute(delete(invitations).where(invitations.c.mark == mark)).rowcount == 1


def get_inviter(conn: Connection, person: str) -> str | None:
    """Who made the link that a person could come in with; None where there is none."""
    return conn.execute(select(invitations.c.made_by).where(invitations.c.person == person)).scalar()


def revoke_invitations(conn: WriteConnection, person: str) -> None:
    """Let no link for this person be good any longer."""
    conn.execute(delete(invitations).where(invitations.c.person == person))


def revoke_invitations_made_by(conn: WriteConnection, maker: str) -> None:
    """Let no link be good any longer that this person made."""
    conn.execute(delete(invitations).where(invitations.c.made_by == maker))


def open_session(conn: WriteConnection, mark: bytes, person: str) -> str:
    """Begin a session; the signature of its row."""
    row = {"mark": mark, "person": person, "opened_at": now_utc(), "seen_at": now_utc()}
    signature = _signature(conn, sessions, row)
    conn.execute(sessions.insert().values(**row, signature=signature))
    return signature


def get_session(conn: Connection, mark: bytes) -> SignInSession | None:
    """The session with this mark, whether or not it has lasted too long."""
    row = conn.execute(select(sessions).where(sessions.c.mark == mark)).first()
    if row is None or not _is_signature_valid(conn, sessions, row):
        return None
    return SignInSession(row.mark, row.person, row.opened_at, row.seen_at)


def list_sessions(conn: Connection, person: str) -> list[SignInSession]:
    """A person's sessions, the one seen last first."""
    query = select(sessions).where(sessions.c.person == person).order_by(sessions.c.seen_at.desc())
    rows = (row for row in conn.execute(query) if _is_signature_valid(conn, sessions, row))
    return [SignInSession(row.mark, row.person, row.opened_at, row.seen_at) for row in rows]


def note_sessions_seen(conn: WriteConnection, seen: Mapping[bytes, datetime]) -> None:
    """Note when sessions (their marks) were used last; one that another process saw later stays as it is."""
    for mark, moment in seen.items():
        conn.execute(
            update(sessions).where(sessions.c.mark == mark, sessions.c.seen_at < moment).values(seen_at=moment)
        )


def end_session(conn: WriteConnection, mark: bytes) -> None:
    """End one session."""
    conn.execute(delete(sessions).where(sessions.c.mark == mark))


def end_sessions_of(conn: WriteConnection, person: str) -> int:
    """End all sessions of a person; how many there were."""
    return conn.execute(delete(sessions).where(sessions.c.person == person)).rowcount


def get_password_tries(conn: Connection, mark: bytes) -> PasswordTries | None:
    """The tries at this mark that count still; None when there are none."""
    row = conn.execute(select(tries.c.n, tries.c.began_at).where(tries.c.mark == mark)).first()
    return None if row is None else PasswordTries(row.n, row.began_at)


def count_password_try(conn: WriteConnection, mark: bytes, one_more: Callable[[PasswordTries], PasswordTries]) -> None:
    """Write down one more try at this mark. `one_more` says what becomes of those before, and raises where there may be
    none; of two processes the second sees what the first has counted.
    """
    first = insert_into(conn.dialect.name, tries).values(mark=mark, n=0, began_at=now_utc())
    conn.execute(first.on_conflict_do_nothing(index_elements=["mark"]))
    held = conn.execute(select(tries.c.n, tries.c.began_at).where(tries.c.mark == mark).with_for_update()).one()
    after = one_more(PasswordTries(held.n, held.began_at))
    conn.execute(update(tries).where(tries.c.mark == mark).values(n=after.n, began_at=after.began_at))


def forget_password_tries(conn: WriteConnection, mark: bytes) -> None:
    """Begin to count anew: whoever tried came in."""
    conn.execute(delete(tries).where(tries.c.mark == mark))


def forget_person(conn: WriteConnection, person: str) -> None:
    """Keep nothing with which this person could come in: no password, no link, no session."""
    for table in (passwords, invitations, sessions):
        conn.execute(delete(table).where(table.c.person == person))


def remove_expired(conn: WriteConnection, opened_before: datetime, seen_before: datetime, moment: datetime) -> None:
    """Drop sessions and invitations that are good no longer, and tries that are long over."""
    conn.execute(delete(sessions).where((sessions.c.opened_at < opened_before) | (sessions.c.seen_at < seen_before)))
    conn.execute(delete(invitations).where(invitations.c.ends_at < moment))
    conn.execute(delete(tries).where(tries.c.began_at < seen_before))


def sign_rows(conn: WriteConnection) -> None:
    """Sign the rows of a ledger of before that was done. What stands there then is taken as it is."""
    for table in (passwords, invitations, sessions):
        for row in conn.execute(select(table)).all():
            key = next(iter(table.primary_key.columns))
            signature = _signature(conn, table, row._asdict())
            conn.execute(update(table).where(key == row._mapping[key]).values(signature=signature))


_SIGNED_COLUMNS: dict[Table, tuple[str, ...]] = {
    passwords: ("person", "hash", "set_at"),
    invitations: ("mark", "person", "kind", "made_by", "made_at", "ends_at"),
    # Not when it was seen last: that is written often, and a session ends hours after it was opened however it is used.
    sessions: ("mark", "person", "opened_at"),
}
"""The columns that the signature of a row covers."""


def _signature(conn: Connection, table: Table, row: Mapping[str, object]) -> str:
    return keyring_of(conn).sign(
        json.dumps([table.name, *(_json_value(row[name]) for name in _SIGNED_COLUMNS[table])]).encode()
    )


def _json_value(value: object) -> object:
    if isinstance(value, datetime):
        return to_micros(value)
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else value


def _is_signature_valid(conn: Connection, table: Table, row: ResultRow) -> bool:
    """Whether a row is as it was written."""
    if _signature(conn, table, row._asdict()) == row.signature:
        return True
    _log_altered_row(table.name, row.signature)
    return False


@lru_cache(maxsize=1_000)
def _log_altered_row(table: str, signature: str) -> None:
    """Say it once: the same row may be read with every page."""
    del signature  # it tells one row from another
    _log.error("A row of %s was altered by somebody without the key, and counts for nothing. [row-altered]", table)
