"""Passwords of staff: which are strong enough, which one is valid, and what their existence forbids."""

import logging
from collections.abc import Iterator

from broadcaster.config import Settings
from broadcaster.domain.errors import BroadcasterError
from broadcaster.ledger import Connection
from broadcaster.ledger.audit_log import audit_search
from broadcaster.ledger.audit_log.audit import RecordedEntry
from broadcaster.ledger.audit_log.audit_search import AuditFilter
from broadcaster.ledger.staff import accounts
from broadcaster.services.project.project import ProjectView

SHORTEST_PASSWORD = 12
"""Characters. Length is what counts; rules about kinds of characters make people predictable (NIST SP 800-63B)."""

LONGEST_PASSWORD = 500
_FEWEST_DISTINCT_CHARACTERS = 6
_SHORTEST_RUN = 4
_KEY_SEQUENCES = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertz", "azerty", "asdfghjkl", "zxcvbnm")
_KEY_SEQUENCES_BOTH_WAYS = (*_KEY_SEQUENCES, *(row[::-1] for row in _KEY_SEQUENCES))

SIGNATURE_PREFIX = 16
"""Characters of a row's signature that the audit log keeps, to tell which row is the newest."""

_log = logging.getLogger(__name__)


class WeakPasswordError(BroadcasterError):
    """The password chosen is too easily guessed."""

    code = "password-weak"
    default_remedy = f"Take four words or more that have nothing to do with each other: {SHORTEST_PASSWORD} characters."
    default_field = "password"


class ApproveAtDeskError(BroadcasterError):
    """People have passwords, so an approval proves more at the desk than on a command line."""

    code = "approve-at-desk"
    default_remedy = (
        "Sign in at the desk and approve it there. To allow it here all the same, write into config.yaml:  "
        "approvals: {cli: allow}"
    )


def refuse_weak_password(settings: Settings, person: str, password: str) -> None:
    """Raise WeakPasswordError for a password that is too short, too long or too easily guessed."""
    if len(password) < SHORTEST_PASSWORD:
        raise WeakPasswordError(f"A password has {SHORTEST_PASSWORD} characters or more.")
    if len(password) > LONGEST_PASSWORD:
        raise WeakPasswordError(f"A password has {LONGEST_PASSWORD} characters or fewer.")
    rest = password.casefold()
    names = (settings.people[person].name, *(text.text for text in settings.organisation.name.texts))
    easy = (person, *names, "password", "broadcaster")
    for word in (*easy, *(word for name in names for word in name.split())):
        if len(word) > 3:
            rest = rest.replace(word.casefold(), "")
    for run in _find_keyboard_runs(rest):
        rest = rest.replace(run, "")
    if len(set(rest)) < _FEWEST_DISTINCT_CHARACTERS:
        raise WeakPasswordError("This password is too easily guessed.")


def refuse_command_line_approval(project: ProjectView) -> None:
    """Raise ApproveAtDeskError where approving belongs to the desk: once anybody of config.yaml has a password."""
    if project.settings.approvals.cli == "allow":
        return
    with project.ledger.reading() as conn:
        holders = accounts.list_password_holders(conn)
    if project.settings.approvals.cli == "off" or holders & set(project.settings.people):
        raise ApproveAtDeskError("Approving on the command line is off: people sign in at the desk for that.")


def find_valid_hash(conn: Connection, person: str) -> str | None:
    """The hash of a person's password; None unless it is the one that they chose last.

    The audit log tells: whoever can write to the database can put back an older row, but not the log's entry.
    """
    stored, newest = accounts.get_password(conn, person), find_newest_password_entry(conn, person)
    if stored is None or newest is None:
        return stored.hash if stored else None
    prefix = stored.signature[:SIGNATURE_PREFIX]
    if newest.entry.action == "choose-password" and newest.entry.detail.get("password", prefix) == prefix:
        return stored.hash
    _log.error("A password that had been replaced stands in the ledger again, and is good for nothing. [row-altered]")
    return None


def find_newest_password_entry(conn: Connection, person: str, *more_actions: str) -> RecordedEntry | None:
    """The newest entry of the audit log about a person's password, or with one of `more_actions`."""
    actions = ("choose-password", "add-person", "remove-person", *more_actions)
    return next(iter(audit_search.list_entries(conn, AuditFilter(actions=actions, subject=person), None, 1)), None)


def _find_keyboard_runs(text: str) -> Iterator[str]:
    """The parts of a text that follow the alphabet, the digits or a row of keys, either way: "12345", "qwert"."""
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and any(text[start : end + 1] in row for row in _KEY_SEQUENCES_BOTH_WAYS):
            continue
        if end - start >= _SHORTEST_RUN:
            yield text[start:end]
        start = end
