"""Who may sign in at the desk: passwords, links that are good once, and open sessions.

Secrets stand here as blind indexes only: who reads the database can neither use a link nor take over a session.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from broadcaster.ledger.connections import WriteConnection
from broadcaster.ledger.statements import insert_into
from broadcaster.ledger.tables import invitations, passwords, sessions, tries
from broadcaster.ledger.types import now


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that somebody made for a person; `kind` says what it is good for."""

    mark: bytes
    person: str
    kind: str
    made_by: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who has signed in, since when, and when they were last seen."""

    mark: bytes
    person: str
    opened_at: datetime
    seen_at: datetime


def set_password(conn: WriteConnection, person: str, hashed: str) -> None:
    """Give a person a password, in the place of any they had."""
    row = {"person": person, "hash": hashed, "set_at": now()}
    insert = insert_into(conn.dialect.name, passwords).values(row)
    conn.execute(insert.on_conflict_do_update(index_elements=["person"], set_=row))


def password(conn: Connection, person: str) -> str | None:
    """The hash of a person's password; None when they have none."""
    return conn.execute(select(passwords.c.hash).where(passwords.c.person == person)).scalar()


def with_password(conn: Connection) -> dict[str, datetime]:
    """Everybody who has a password, and since when."""
    return {row.person: row.set_at for row in conn.execute(select(passwords.c.person, passwords.c.set_at))}


def invite(conn: WriteConnection, new: Invitation) -> None:
    """Keep an invitation. Earlier ones for the same person are good no longer."""
    conn.execute(delete(invitations).where(invitations.c.person == new.person))
    row = {"mark": new.mark, "person": new.person, "kind": new.kind, "made_by": new.made_by}
    conn.execute(invitations.insert().values(**row, made_at=now(), ends_at=new.ends_at))


def invitation(conn: Connection, mark: bytes) -> Invitation | None:
    """The invitation with this mark, used up or not being told apart: a used one is gone."""
    row = conn.execute(select(invitations).where(invitations.c.mark == mark)).first()
    return None if row is None else Invitation(row.mark, row.person, row.kind, row.made_by, row.ends_at)


def use_up(conn: WriteConnection, mark: bytes) -> bool:
    """Take an invitation away because it was used; False when somebody else was quicker."""
    return conn.execute(delete(invitations).where(invitations.c.mark == mark)).rowcount == 1


def maker(conn: Connection, person: str) -> str | None:
    """Who made the link that a person could come in with; None where there is none."""
    return conn.execute(select(invitations.c.made_by).where(invitations.c.person == person)).scalar()


def revoke(conn: WriteConnection, person: str) -> None:
    """Let no link for this person be good any longer."""
    conn.execute(delete(invitations).where(invitations.c.person == person))


def revoke_made_by(conn: WriteConnection, maker: str) -> None:
    """Let no link be good any longer that this person made."""
    conn.execute(delete(invitations).where(invitations.c.made_by == maker))


def open_session(conn: WriteConnection, mark: bytes, person: str) -> None:
    """Begin a session."""
    conn.execute(sessions.insert().values(mark=mark, person=person, opened_at=now(), seen_at=now()))


def session(conn: Connection, mark: bytes) -> Session | None:
    """The session with this mark, whether or not it has lasted too long."""
    row = conn.execute(select(sessions).where(sessions.c.mark == mark)).first()
    return None if row is None else Session(row.mark, row.person, row.opened_at, row.seen_at)


def sessions_of(conn: Connection, person: str) -> list[Session]:
    """A person's sessions, the one seen last first."""
    query = select(sessions).where(sessions.c.person == person).order_by(sessions.c.seen_at.desc())
    return [Session(row.mark, row.person, row.opened_at, row.seen_at) for row in conn.execute(query)]


def touch(conn: WriteConnection, mark: bytes) -> None:
    """Note that a session was used just now."""
    conn.execute(update(sessions).where(sessions.c.mark == mark).values(seen_at=now()))


def end_session(conn: WriteConnection, mark: bytes) -> None:
    """End one session."""
    conn.execute(delete(sessions).where(sessions.c.mark == mark))


def end_sessions_of(conn: WriteConnection, person: str) -> int:
    """End all sessions of a person; how many there were."""
    return conn.execute(delete(sessions).where(sessions.c.person == person)).rowcount


def take_try(conn: WriteConnection, mark: bytes, most: int, since: datetime) -> bool:
    """Whether there may be one more try at this mark, of which there are `most` from the first one after `since` on; if
    so, it is counted. Those before are forgotten, of every mark.
    """
    conn.execute(delete(tries).where(tries.c.began_at <= since))
    first = insert_into(conn.dialect.name, tries).values(mark=mark, n=1, began_at=now())
    more = first.on_conflict_do_update(index_elements=["mark"], set_={"n": tries.c.n + 1}, where=tries.c.n < most)
    return conn.execute(more.returning(tries.c.n)).first() is not None


def forget_tries(conn: WriteConnection, mark: bytes) -> None:
    """Begin to count anew: whoever tried came in."""
    conn.execute(delete(tries).where(tries.c.mark == mark))


def forget(conn: WriteConnection, person: str) -> None:
    """Keep nothing with which this person could come in: no password, no link, no session."""
    for table in (passwords, invitations, sessions):
        conn.execute(delete(table).where(table.c.person == person))


def forget_old(conn: WriteConnection, opened_before: datetime, seen_before: datetime, moment: datetime) -> None:
    """Drop sessions and invitations that are good no longer, and tries that are long over."""
    conn.execute(delete(sessions).where((sessions.c.opened_at < opened_before) | (sessions.c.seen_at < seen_before)))
    conn.execute(delete(invitations).where(invitations.c.ends_at < moment))
    conn.execute(delete(tries).where(tries.c.began_at < seen_before))
