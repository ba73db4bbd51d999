"""Signing in at the desk: links that are good once, passwords, sessions.

Links are made on the command line or by an admin, and are handed over by whoever made them: the desk sends no mail to
its own staff. A session is a random secret in a cookie, of which the ledger knows a blind index.
"""

import logging
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from broadcaster.config import Settings
from broadcaster.domain.errors import BroadcasterError
from broadcaster.keys.passwords import hash_password, verify_password
from broadcaster.ledger import Connection, WriteConnection
from broadcaster.ledger.audit_log import audit, audit_search
from broadcaster.ledger.audit_log.audit import RecordedEntry
from broadcaster.ledger.audit_log.audit_search import AuditFilter
from broadcaster.ledger.staff import accounts
from broadcaster.ledger.staff.accounts import Invitation, SignInSession
from broadcaster.services.access import password_attempts
from broadcaster.services.access.permissions import DESK_HOST, Actor, UnknownPersonError
from broadcaster.services.project.project import Project, ProjectView, now

SHORTEST_PASSWORD = 12
"""Characters. Length is what counts; rules about kinds of characters make people predictable (NIST SP 800-63B)."""

LONGEST_PASSWORD = 500
_FEWEST_DISTINCT_CHARACTERS = 6
_SHORTEST_RUN = 4
_KEY_SEQUENCES = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertz", "azerty", "asdfghjkl", "zxcvbnm")
_KEY_SEQUENCES_BOTH_WAYS = (*_KEY_SEQUENCES, *(row[::-1] for row in _KEY_SEQUENCES))

LINK_LIFETIME = timedelta(hours=72)
SESSION_LIFETIME = timedelta(hours=12)
"""A long night's work; after that one signs in anew."""

IDLE_LIMIT = timedelta(hours=2)
"""Not so short that half an hour of thinking over a letter loses it."""

_SIGNATURE_PREFIX = 16
"""Characters of a row's signature that the audit log keeps, to tell which row is the last one."""


_log = logging.getLogger(__name__)


class LinkPurpose(StrEnum):
    """What a link is good for."""

    CHOOSE = "choose"  # a password, and sign in
    ENTER = "enter"  # sign in at once; for the demo


class SignInRefusedError(BroadcasterError):
    """Name and password do not belong together."""

    code = "sign-in-refused"
    default_remedy = "Try again. If you have forgotten your password, ask an admin for a new link."


class LinkGoneError(BroadcasterError):
    """The link was used, has run out, or never was one."""

    code = "link-gone"
    default_remedy = "Ask whoever gave it to you for a new one: `broadcaster invite PERSON` makes it."


class WeakPasswordError(BroadcasterError):
    """The password chosen is too easily guessed."""

    code = "password-weak"
    default_remedy = f"Take four words or more that have nothing to do with each other: {SHORTEST_PASSWORD} characters."


class ApproveAtDeskError(BroadcasterError):
    """People have passwords, so that an approval is worth more at the desk than on a command line."""

    code = "approve-at-desk"
    default_remedy = (
        "Sign in at the desk and approve it there. To allow it here all the same, write into config.yaml:  "
        "approvals: {cli: allow}"
    )


@dataclass(frozen=True, slots=True)
class AccountState:
    """One who has a part here, and how far they have come in: password and sessions, if any."""

    has_password: bool
    sessions: tuple[SignInSession, ...]


def create_invitation(project: Project, person: str, by: Actor, good: LinkPurpose = LinkPurpose.CHOOSE) -> str:
    """The secret of a new link for a person; earlier links of theirs are good no longer. Raises UnknownPersonError."""
    _refuse_unknown_person(project.settings, person)
    secret = secrets.token_urlsafe(24)
    made = Invitation(_link_mark(project, secret), person, good, by.name, now() + LINK_LIFETIME)
    with project.ledger.writing() as conn:
        accounts.add_invitation(conn, made)
        audit.record(conn, by, "invite", person, good=good.value)
    return secret


def find_invitation(project: ProjectView, secret: str) -> Invitation:
    """Whom a link is for. Using it up is `choose_password` or `sign_in_with_link`. Raises LinkGoneError."""
    with project.ledger.reading() as conn:
        found = accounts.get_invitation(conn, _link_mark(project, secret))
        last = _newest_password_entry(conn, found.person, "invite") if found else None
    if last is not None and last.entry.action != "invite":
        _log.error("A link that had been used stands in the ledger again, and is good for nothing. [row-altered]")
        found = None
    if found is None or found.ends_at <= now() or found.person not in project.settings.people:
        raise LinkGoneError("This link has been used, or has run out.")
    return found


def choose_password(project: Project, secret: str, password: str) -> str:
    """Give the person of a link this password and sign them in; their other sessions end.

    The new session's secret. Raises LinkGoneError, WeakPasswordError.
    """
    found = find_invitation(project, secret)
    refuse_weak_password(project.settings, found.person, password)
    hashed = hash_password(password)
    return _use_invitation(project, found, hashed)


def sign_in_with_link(project: Project, secret: str) -> str:
    """Sign in the person of a link that is good for that; the new session's secret. Raises LinkGoneError."""
    found = find_invitation(project, secret)
    if found.kind != LinkPurpose.ENTER:
        raise LinkGoneError("This link is for choosing a password.")
    return _use_invitation(project, found, None)


def sign_in(project: Project, person: str, password: str, device: str = "") -> str:
    """The secret of a new session. Tries are counted for the name, or, where somebody has signed in with this name from
    this device before (its word, see `known_devices`), for both together.

    Raises SignInRefusedError, the same for an unknown name as for a wrong password, and TooManyTriesError.
    """
    known, mark = person in project.settings.people, _tries_mark(project, person, device)
    _count_attempt(project, mark)
    with project.ledger.reading() as conn:
        kept = _valid_password_hash(conn, person) if known else None
    if not verify_password(password[: LONGEST_PASSWORD + 1], kept):
        raise SignInRefusedError("This name and this password do not belong together.")
    with project.ledger.writing() as conn:
        accounts.forget_password_tries(conn, mark)
        return _open_session(project, conn, person)


def _count_attempt(project: Project, mark: bytes) -> None:
    """Raises TooManyTriesError, and then only looks: a flood of tries shall not reach the writer."""
    moment = now()
    with project.ledger.reading() as conn:
        before = accounts.get_password_tries(conn, mark)
    if before is not None:
        password_attempts.refuse_too_many_attempts(before, moment)
    with project.ledger.writing() as conn:
        accounts.count_password_try(conn, mark, lambda held: password_attempts.count_attempt(held, moment))


def session_person(project: ProjectView, secret: str) -> str | None:
    """Who a session belongs to; None when it is none, has lasted too long, or its person is no longer among us."""
    moment = now()
    with project.ledger.reading() as conn:
        found = accounts.get_session(conn, _session_mark(project, secret))
    if found is None or found.person not in project.settings.people:
        return None
    if not _is_session_valid(seen := _with_last_seen(project, found), moment):
        return None
    project.last_seen.note(seen.mark, moment)
    return seen.person


def sign_out(project: Project, secret: str) -> None:
    """End one session."""
    with project.ledger.writing() as conn:
        accounts.end_session(conn, _session_mark(project, secret))


def sign_out_everywhere(project: Project, person: str, by: Actor) -> int:
    """End all sessions of a person; how many there were."""
    with project.ledger.writing() as conn:
        ended = accounts.end_sessions_of(conn, person)
        audit.record(conn, by, "sign-out-everywhere", person)
    return ended


def account_states(project: ProjectView) -> dict[str, AccountState]:
    """How far everybody of config.yaml has come in."""
    moment = now()
    with project.ledger.reading() as conn:
        have = accounts.list_people_with_password(conn)
        return {
            person: AccountState(
                person in have,
                tuple(
                    one
                    for one in _sessions_newest_first(project, accounts.list_sessions(conn, person))
                    if _is_session_valid(one, moment)
                ),
            )
            for person in project.settings.people
        }


def refuse_command_line_approval(project: ProjectView) -> None:
    """Raise ApproveAtDeskError where approving belongs to the desk: once anybody of config.yaml has a password."""
    if project.settings.approvals.cli == "allow":
        return
    with project.ledger.reading() as conn:
        have = accounts.list_password_holders(conn)
    if project.settings.approvals.cli == "off" or have & set(project.settings.people):
        raise ApproveAtDeskError("Approving on the command line is off: people sign in at the desk for that.")


def refuse_weak_password(settings: Settings, person: str, password: str) -> None:
    """Raises WeakPasswordError."""
    if len(password) < SHORTEST_PASSWORD:
        raise WeakPasswordError(f"A password has {SHORTEST_PASSWORD} characters or more.")
    if len(password) > LONGEST_PASSWORD:
        raise WeakPasswordError(f"A password has {LONGEST_PASSWORD} characters or fewer.")
    bare = password.casefold()
    names = (settings.people[person].name, *(said.text for said in settings.organisation.name.texts))
    easy = (person, *names, "password", "broadcaster")
    for word in (*easy, *(word for name in names for word in name.split())):
        if len(word) > 3:
            bare = bare.replace(word.casefold(), "")
    for run in _keyboard_runs(bare):
        bare = bare.replace(run, "")
    if len(set(bare)) < _FEWEST_DISTINCT_CHARACTERS:
        raise WeakPasswordError("This password is too easily guessed.")


def _keyboard_runs(text: str) -> Iterator[str]:
    """What of a text only goes along the alphabet, the digits or a row of keys, either way: "12345", "qwert"."""
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and any(text[start : end + 1] in row for row in _KEY_SEQUENCES_BOTH_WAYS):
            continue
        if end - start >= _SHORTEST_RUN:
            yield text[start:end]
        start = end


def forget_expired_sessions(project: Project) -> None:
    """Write down when sessions were used last, then drop what has run out."""
    moment, seen = now(), project.last_seen.unwritten()
    with project.ledger.writing() as conn:
        accounts.note_sessions_seen(conn, seen)
        accounts.remove_expired(conn, moment - SESSION_LIFETIME, moment - IDLE_LIMIT, moment)
    project.last_seen.written(seen)


def _with_last_seen(project: ProjectView, session: SignInSession) -> SignInSession:
    """The session with what this process knows of when it was used last."""
    return replace(session, seen_at=project.last_seen.newest(session.mark, session.seen_at))


def _sessions_newest_first(project: ProjectView, found: Iterable[SignInSession]) -> list[SignInSession]:
    return sorted((_with_last_seen(project, one) for one in found), key=lambda one: one.seen_at, reverse=True)


def _is_session_valid(session: SignInSession, moment: datetime) -> bool:
    return moment - session.opened_at <= SESSION_LIFETIME and moment - session.seen_at <= IDLE_LIMIT


def _use_invitation(project: Project, found: Invitation, hashed: str | None) -> str:
    with project.ledger.writing() as conn:
        if not accounts.use_up_invitation(conn, found.mark):
            raise LinkGoneError("This link has just been used.")
        if hashed is not None:
            signature = accounts.set_password(conn, found.person, hashed)
            accounts.end_sessions_of(conn, found.person)
            _record_at_desk(conn, "choose-password", found.person, password=signature[:_SIGNATURE_PREFIX])
        return _open_session(project, conn, found.person)


def _valid_password_hash(conn: Connection, person: str) -> str | None:
    """The hash of a person's password, if it is the one that they chose last: whoever can write to the database could
    put back an older row, but not the entry of the audit log.
    """
    found, last = accounts.get_password(conn, person), _newest_password_entry(conn, person)
    if found is None or last is None:
        return found.hash if found else None
    mark = found.signature[:_SIGNATURE_PREFIX]
    if last.entry.action == "choose-password" and last.entry.detail.get("password", mark) == mark:
        return found.hash
    _log.error("A password that had been replaced stands in the ledger again, and is good for nothing. [row-altered]")
    return None


def _newest_password_entry(conn: Connection, person: str, *more: str) -> RecordedEntry | None:
    """What the audit log says was done last with somebody's password, or of `more`."""
    deeds = ("choose-password", "add-person", "remove-person", *more)
    return next(iter(audit_search.list_entries(conn, AuditFilter(actions=deeds, subject=person), None, 1)), None)


def _open_session(project: ProjectView, conn: WriteConnection, person: str) -> str:
    secret = secrets.token_urlsafe(32)
    signature = accounts.open_session(conn, _session_mark(project, secret), person)
    _record_at_desk(conn, "sign-in", person, session=signature[:_SIGNATURE_PREFIX])
    return secret


def _record_at_desk(conn: WriteConnection, action: str, person: str, **detail: object) -> None:
    """Add what somebody did with their own account to the audit log: it needs no role."""
    audit.record(conn, Actor(person, role="", system_user="", host=DESK_HOST), action, person, **detail)


def _refuse_unknown_person(settings: Settings, person: str) -> None:
    if person not in settings.people:
        known = ", ".join(sorted(settings.people)) or "nobody yet"
        raise UnknownPersonError(
            f"{person!r} is not one of the people in config.yaml.", remedy=f"Use one of: {known}.", file="config.yaml"
        )


def _tries_mark(project: ProjectView, person: str, device: str) -> bytes:
    if device:
        return project.keyring.blind("sign-in-device", f"{person}\0{device}")
    return project.keyring.blind("sign-in", person)


def _session_mark(project: ProjectView, secret: str) -> bytes:
    return project.keyring.blind("session", secret)


def _link_mark(project: ProjectView, secret: str) -> bytes:
    return project.keyring.blind("invitation", secret)
