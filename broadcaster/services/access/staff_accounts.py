"""Whether somebody's account is their own: it takes two people to send a letter, and not one with two accounts.

An administrator who makes a link for somebody can choose the password and come in as them; one who gives somebody the
right to approve can have made them up. So for seven days such an account and its maker count as one person, and so do
two accounts of one maker, until somebody else has confirmed one of them: another administrator at the desk, or whoever
has the command line. Who did what is taken from the audit log, which nobody rewrites without the key.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcaster.domain.errors import BroadcasterError
from broadcaster.ledger import Connection
from broadcaster.ledger.audit_log import audit, audit_search
from broadcaster.ledger.audit_log.audit import AuditEntry, RecordedEntry
from broadcaster.ledger.audit_log.audit_search import AuditFilter
from broadcaster.services.access.permissions import (
    DESK_HOST,
    ROLES_BY_PERMISSION,
    Actor,
    Permission,
    UnknownPersonError,
)
from broadcaster.services.project.project import Project, ProjectView, now

RECENT_PERIOD = timedelta(days=7)
"""For how long the one who made an account's link could be the one who uses it: by then its owner has missed it."""

_CONFIRM_ACTION = "confirm-account"


class AccountUnconfirmedError(BroadcasterError):
    """Author and approver may be one person: one of them made the other's account."""

    code = "account-unconfirmed"


class ConfirmRefusedError(BroadcasterError):
    """Nobody confirms an account that is their own, or that they made."""

    code = "confirm-refused"
    default_remedy = "Ask another administrator, or whoever has the command line: broadcaster confirm PERSON"


@dataclass(frozen=True, slots=True)
class AccountEvent:
    """Something that somebody did at the desk or, under the name of a system user, on the command line."""

    by: str
    at: datetime
    at_desk: bool


@dataclass(frozen=True, slots=True)
class AccountHistory:
    """What happened to an account within the last seven days: the `link` with which its password was chosen, the change
    that gave it the right to approve (`role`), and who has `confirmed` it since. `altered` says that nobody knows, for
    the audit log is not as it was written.
    """

    person: str
    link: AccountEvent | None = None
    role: AccountEvent | None = None
    confirmed: AccountEvent | None = None
    altered: bool = False

    def __bool__(self) -> bool:
        return self.link is not None or self.role is not None or self.altered

    @property
    def makers(self) -> frozenset[str]:
        """Who made it at the desk."""
        return frozenset(act.by for act in (self.link, self.role) if act is not None and act.at_desk)

    def as_detail(self) -> dict[str, object]:
        """What the audit log keeps of it; `of` reads it."""
        acts = {"link": self.link, "role": self.role, "confirmed": self.confirmed}
        told = {name: [act.by, act.at.isoformat(), act.at_desk] for name, act in acts.items() if act is not None}
        return {"account": {"person": self.person, **told}} if self else {}


def account_history(view: ProjectView, person: str) -> AccountHistory:
    """What happened to somebody's account."""
    with view.ledger.reading() as conn:
        return read_account_history(conn, person)


def read_account_history(conn: Connection, person: str) -> AccountHistory:
    """The same, within a transaction."""
    link, role = _password_link(conn, person), _approver_role_change(conn, person)
    last = max((made.seq for made in (link, role) if made is not None), default=None)
    confirmed = None if last is None else next(_confirmations(conn, person, last), None)
    return AccountHistory(
        person, _account_event(link.made if link else None), _account_event(role), _account_event(confirmed)
    )


def history_from_entry(entry: AuditEntry) -> AccountHistory | None:
    """What an entry of the audit log keeps of an account."""
    found = entry.detail.get("account")
    if not isinstance(found, Mapping):
        return None
    try:
        acts = {
            name: AccountEvent(str(by), datetime.fromisoformat(at), bool(at_desk))
            for name, (by, at, at_desk) in ((name, one) for name, one in found.items() if name != "person")
        }
        return AccountHistory(str(found["person"]), acts.get("link"), acts.get("role"), acts.get("confirmed"))
    except (KeyError, TypeError, ValueError):
        return None  # altered; the chain tells of it


def find_unconfirmed_account(view: ProjectView, approver: str, author: str) -> AccountHistory | None:
    """The account of either because of which these two may be one person; None where there is none."""
    with view.ledger.reading() as conn:
        broken_at = audit.first_break_since(conn, now() - RECENT_PERIOD)
        for person, maker in ((approver, author), (author, approver)):
            if _could_be_behind(conn, person, maker, frozenset()):
                return read_account_history(conn, person)
            if broken_at is not None and not _is_confirmed_since(conn, person, maker, broken_at):
                return AccountHistory(person, altered=True)
        if any(_could_be_behind(conn, author, one, frozenset()) for one in _people_behind(conn, approver)):
            return read_account_history(conn, approver)
    return None


def refuse_unconfirmed_account(project: Project, campaign: str, author: str, by: Actor) -> None:
    """Raise AccountUnconfirmedError, and write it down, where the approver and the author may be one person.

    On the command line no account is used: whoever has the shell may claim any name.
    """
    if by.host != DESK_HOST:
        return
    found = find_unconfirmed_account(project, by.name, author)
    if found is None:
        return
    with project.ledger.writing() as conn:
        audit.record(conn, by, "approve-refused", campaign, **found.as_detail())
    raise AccountUnconfirmedError(
        f"Nobody has confirmed the account of {found.person}, and one person could be behind author and approver.",
        remedy=f"Another administrator confirms it on the page People; or type: broadcaster confirm {found.person}",
    )


def confirm_account(project: Project, person: str, by: Actor) -> None:
    """Note that this account is in the hands of its owner, as `by` has made sure of.

    Raises UnknownPersonError, ConfirmRefusedError.
    """
    if person not in project.settings.people:
        raise UnknownPersonError(f"{person!r} is not one of the people in config.yaml.", file="config.yaml")
    with project.ledger.writing() as conn:
        if by.host == DESK_HOST and by.name in {person, *read_account_history(conn, person).makers}:
            raise ConfirmRefusedError("You cannot confirm your own account, or one that you made.")
        audit.record(conn, by, _CONFIRM_ACTION, person)


@dataclass(frozen=True, slots=True)
class _UsedLink:
    """A link that was made, and the number of the entry that says it was used."""

    made: RecordedEntry
    seq: int


def _could_be_behind(conn: Connection, person: str, maker: str, seen: frozenset[str]) -> bool:
    """Whether this maker could be behind an account: they made it or its link themselves, or by an account of which
    the same is true, and nobody who is not behind it has confirmed it.
    """
    link, role = _password_link(conn, person), _approver_role_change(conn, person)
    origins = [(link.made.entry, link.seq)] if link else []
    origins += [(role.entry, role.seq)] if role else []
    seen |= {person}

    def is_behind(other: str) -> bool:
        return other == maker or (other not in seen and _could_be_behind(conn, other, maker, seen))

    def counts(confirmation: RecordedEntry) -> bool:
        entry = confirmation.entry
        return entry.host != DESK_HOST or (entry.by != person and not is_behind(entry.by))

    return any(
        entry.host == DESK_HOST and is_behind(entry.by) and not any(map(counts, _confirmations(conn, person, seq)))
        for entry, seq in origins
    )


def _people_behind(conn: Connection, person: str) -> set[str]:
    """Everybody who could be behind an account."""
    found: set[str] = set()
    asked = [person]
    while asked:
        makers = read_account_history(conn, asked.pop()).makers - found
        found |= makers
        asked += makers
    return {one for one in found if _could_be_behind(conn, person, one, frozenset())}


def _is_confirmed_since(conn: Connection, person: str, other: str, broken_at: int) -> bool:
    """Whether somebody else confirmed an account after the log was altered: who made it nobody can say any more."""
    found = (one.entry for one in _confirmations(conn, person, broken_at - 1))
    return any(entry.host != DESK_HOST or entry.by not in {person, other} for entry in found)


def _password_link(conn: Connection, person: str) -> _UsedLink | None:
    """The link with which the present password was chosen, if that was within the time that counts. A new link takes
    the earlier ones away, so it is the last one that was made before.
    """
    used = audit.latest_entry(conn, person, "choose-password")
    if used is None or used.at < now() - RECENT_PERIOD:
        return None
    made = audit_search.list_entries(conn, AuditFilter(actions=("invite",), subject=person), used.seq, 1)
    return _UsedLink(made[0], used.seq) if made else None


def _approver_role_change(conn: Connection, person: str) -> RecordedEntry | None:
    """The change of config.yaml at the desk by which somebody came to approve, if it was within that time."""
    changes = AuditFilter(actions=("add-person", "change-person"), subject=person)
    for one in audit_search.list_entries(conn, changes, None, 100):
        if one.at < now() - RECENT_PERIOD:
            return None
        was = one.entry.detail.get("was", "" if one.entry.action == "add-person" else one.entry.detail.get("role"))
        if (
            one.entry.detail.get("role") in ROLES_BY_PERMISSION[Permission.APPROVE]
            and was not in ROLES_BY_PERMISSION[Permission.APPROVE]
        ):
            return one
    return None


def _confirmations(conn: Connection, person: str, since: int) -> Iterator[RecordedEntry]:
    """The confirmations of an account that are newer than entry number `since`, newest first."""
    found = audit_search.list_entries(conn, AuditFilter(actions=(_CONFIRM_ACTION,), subject=person), None, 20)
    return (one for one in found if one.seq > since)


def _account_event(one: RecordedEntry | None) -> AccountEvent | None:
    return None if one is None else AccountEvent(one.entry.by, one.at, one.entry.host == DESK_HOST)
