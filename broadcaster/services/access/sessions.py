"""Sessions at the desk: begun with a password, found again by their secret, ended.

A session is a random secret in a cookie; the ledger keeps only its blind index.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from broadcaster.domain.errors import BroadcasterError
from broadcaster.keys.passwords import verify_password
from broadcaster.ledger import WriteConnection
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.staff import accounts
from broadcaster.ledger.staff.accounts import SignInSession
from broadcaster.services.access import password_attempts
from broadcaster.services.access.passwords import LONGEST_PASSWORD, SIGNATURE_PREFIX, find_valid_hash
from broadcaster.services.access.permissions import Actor, own_account_actor
from broadcaster.services.project.project import Project, ProjectView, now

SESSION_LIFETIME = timedelta(hours=12)
"""A long night's work; after that one signs in anew."""

IDLE_LIMIT = timedelta(hours=2)
"""Long enough to think over a letter for half an hour."""


class SignInRefusedError(BroadcasterError):
    """Name and password do not belong together."""

    code = "sign-in-refused"
    default_remedy = "Try again. If you have forgotten your password, ask an admin for a new link."
    default_field = "name"


@dataclass(frozen=True, slots=True)
class AccountState:
    """Whether a person has a password, and their valid sessions, the most recently used one first."""

    has_password: bool
    sessions: tuple[SignInSession, ...]


def sign_in(project: Project, person: str, password: str, device: str = "") -> str:
    """The secret of a new session.

    Attempts are counted by name. From a `device` where this person has signed in before (`known_devices`), they are
    counted by name and device. Raises SignInRefusedError, the same for an unknown name as for a wrong password, and
    TooManyTriesError.
    """
    known, mark = person in project.settings.people, _attempts_mark(project, person, device)
    _count_attempt(project, mark)
    with project.ledger.reading() as conn:
        valid_hash = find_valid_hash(conn, person) if known else None
    if not verify_password(password[: LONGEST_PASSWORD + 1], valid_hash):
        raise SignInRefusedError("This name and this password do not belong together.")
    with project.ledger.writing() as conn:
        accounts.forget_password_tries(conn, mark)
        return open_session(project, conn, person)


def open_session(project: ProjectView, conn: WriteConnection, person: str) -> str:
    """The secret of a new session, recorded in this transaction."""
    secret = secrets.token_urlsafe(32)
    signature = accounts.open_session(conn, _session_mark(project, secret), person)
    audit.record(conn, own_account_actor(person), "sign-in", person, session=signature[:SIGNATURE_PREFIX])
    return secret


def find_signed_in_person(project: ProjectView, secret: str) -> str | None:
    """The person whose session has this secret; None unless it is valid and they stand in config.yaml."""
    moment = now()
    with project.ledger.reading() as conn:
        stored = accounts.get_session(conn, _session_mark(project, secret))
    if stored is None or stored.person not in project.settings.people:
        return None
    session = _with_last_seen(project, stored)
    if not _is_valid(session, moment):
        return None
    project.last_seen.note(session.mark, moment)
    return session.person


def sign_out(project: Project, secret: str) -> None:
    """End one session."""
    with project.ledger.writing() as conn:
        accounts.end_session(conn, _session_mark(project, secret))


def sign_out_everywhere(project: Project, person: str, by: Actor) -> int:
    """End all sessions of a person; returns their number."""
    with project.ledger.writing() as conn:
        ended = accounts.end_sessions_of(conn, person)
        audit.record(conn, by, "sign-out-everywhere", person)
    return ended


def list_account_states(project: ProjectView) -> dict[str, AccountState]:
    """The account of each person of config.yaml."""
    moment = now()
    with project.ledger.reading() as conn:
        holders = accounts.list_people_with_password(conn)
        sessions = {person: accounts.list_sessions(conn, person) for person in project.settings.people}
    return {
        person: AccountState(person in holders, _valid_sessions(project, stored, moment))
        for person, stored in sessions.items()
    }


def forget_expired_sessions(project: Project) -> None:
    """Write down when each session was last used, then delete expired sessions and links."""
    moment, seen = now(), project.last_seen.unwritten()
    with project.ledger.writing() as conn:
        accounts.note_sessions_seen(conn, seen)
        accounts.remove_expired(conn, moment - SESSION_LIFETIME, moment - IDLE_LIMIT, moment)
    project.last_seen.written(seen)


def _count_attempt(project: Project, mark: bytes) -> None:
    """Count one more attempt. Raises TooManyTriesError without a write: a flood of attempts must not block writers."""
    moment = now()
    with project.ledger.reading() as conn:
        before = accounts.get_password_tries(conn, mark)
    if before is not None:
        password_attempts.refuse_too_many_attempts(before, moment)
    with project.ledger.writing() as conn:
        accounts.count_password_try(conn, mark, lambda tries: password_attempts.count_attempt(tries, moment))


def _with_last_seen(project: ProjectView, session: SignInSession) -> SignInSession:
    """The session, with what this process knows of its last use."""
    return replace(session, seen_at=project.last_seen.newest(session.mark, session.seen_at))


def _valid_sessions(
    project: ProjectView, stored: Iterable[SignInSession], moment: datetime
) -> tuple[SignInSession, ...]:
    """The valid ones of these sessions, the most recently used one first."""
    sessions = (_with_last_seen(project, session) for session in stored)
    valid = (session for session in sessions if _is_valid(session, moment))
    return tuple(sorted(valid, key=lambda session: session.seen_at, reverse=True))


def _is_valid(session: SignInSession, moment: datetime) -> bool:
    return moment - session.opened_at <= SESSION_LIFETIME and moment - session.seen_at <= IDLE_LIMIT


def _attempts_mark(project: ProjectView, person: str, device: str) -> bytes:
    if device:
        return project.keyring.blind("sign-in-device", f"{person}\0{device}")
    return project.keyring.blind("sign-in", person)


def _session_mark(project: ProjectView, secret: str) -> bytes:
    return project.keyring.blind("session", secret)
