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
from broadcaster.ledger import Connection, audit, audit_pages
from broadcaster.ledger.audit import Entry, Written
from broadcaster.ledger.audit_pages import Wanted
from broadcaster.services.access.permissions import DESK, RIGHTS, Actor, Deed, UnknownPersonError
from broadcaster.services.project.project import Project, ProjectView, now

WITHIN = timedelta(days=7)
"""For how long the one who made an account's link could be the one who uses it: by then its owner has missed it."""

_CONFIRM = "confirm-account"


class AccountUnconfirmedError(BroadcasterError):
    """Author and approver may be one person: one of them made the other's account."""

    code = "account-unconfirmed"


class ConfirmRefusedError(BroadcasterError):
    """Nobody confirms an account that is their own, or that they made."""

    code = "confirm-refused"
    default_remedy = "Ask another administrator, or whoever has the command line: broadcaster confirm PERSON"


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody did at the desk or, under the name of a system user, on the command line."""

    by: str
    at: datetime
    at_desk: bool


@dataclass(frozen=True, slots=True)
class StaffAccount:
    """What happened to an account within the last seven days: the `link` with which its password was chosen, the change
    that gave it the right to approve (`role`), and who has `confirmed` it since. `altered` says that nobody knows, for
    the audit log is not as it was written.
    """

    person: str
    link: Act | None = None
    role: Act | None = None
    confirmed: Act | None = None
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


def account(view: ProjectView, person: str) -> StaffAccount:
    """What happened to somebody's account."""
    with view.ledger.reading() as conn:
        return account_of(conn, person)


def account_of(conn: Connection, person: str) -> StaffAccount:
    """The same, within a transaction."""
    link, role = _link(conn, person), _role(conn, person)
    last = max((made.seq for made in (link, role) if made is not None), default=None)
    confirmed = None if last is None else next(_confirmations(conn, person, last), None)
    return StaffAccount(person, _act(link.made if link else None), _act(role), _act(confirmed))


def told(entry: Entry) -> StaffAccount | None:
    """What an entry of the audit log keeps of an account."""
    found = entry.detail.get("account")
    if not isinstance(found, Mapping):
        return None
    try:
        acts = {
            name: Act(str(by), datetime.fromisoformat(at), bool(at_desk))
            for name, (by, at, at_desk) in ((name, one) for name, one in found.items() if name != "person")
        }
        return StaffAccount(str(found["person"]), acts.get("link"), acts.get("role"), acts.get("confirmed"))
    except (KeyError, TypeError, ValueError):
        return None  # altered; the chain tells of it


def unconfirmed(view: ProjectView, approver: str, author: str) -> StaffAccount | None:
    """The account of either because of which these two may be one person; None where there is none."""
    with view.ledger.reading() as conn:
        broken_at = audit.broken_since(conn, now() - WITHIN)
        for person, maker in ((approver, author), (author, approver)):
            if _made_by(conn, person, maker, frozenset()):
                return account_of(conn, person)
            if broken_at is not None and not _confirmed_since(conn, person, maker, broken_at):
                return StaffAccount(person, altered=True)
        if any(_made_by(conn, author, one, frozenset()) for one in _behind(conn, approver)):
            return account_of(conn, approver)
    return None


def refuse_unconfirmed(project: Project, campaign: str, author: str, by: Actor) -> None:
    """Raise AccountUnconfirmedError, and write it down, where the approver and the author may be one person.

    On the command line no account is used: whoever has the shell may claim any name.
    """
    if by.host != DESK:
        return
    found = unconfirmed(project, by.name, author)
    if found is None:
        return
    with project.ledger.writing() as conn:
        audit.write(conn, Entry(by.name, "approve-refused", campaign, found.as_detail(), by.system_user, by.host))
    raise AccountUnconfirmedError(
        f"Nobody has confirmed the account of {found.person}, and one person could be behind author and approver.",
        remedy=f"Another administrator confirms it on the page People; or type: broadcaster confirm {found.person}",
    )


def confirm(project: Project, person: str, by: Actor) -> None:
    """Note that this account is in the hands of its owner, as `by` has made sure of.

    Raises UnknownPersonError, ConfirmRefusedError.
    """
    if person not in project.settings.people:
        raise UnknownPersonError(f"{person!r} is not one of the people in config.yaml.", file="config.yaml")
    with project.ledger.writing() as conn:
        if by.host == DESK and by.name in {person, *account_of(conn, person).makers}:
            raise ConfirmRefusedError("You cannot confirm your own account, or one that you made.")
        audit.write(conn, Entry(by.name, _CONFIRM, person, {}, by.system_user, by.host))


@dataclass(frozen=True, slots=True)
class _Link:
    """A link that was made, and the number of the entry that says it was used."""

    made: Written
    seq: int


def _made_by(conn: Connection, person: str, maker: str, seen: frozenset[str]) -> bool:
    """Whether this maker could be behind an account: they made it or its link themselves, or by an account of which
    the same is true, and nobody who is not behind it has confirmed it.
    """
    link, role = _link(conn, person), _role(conn, person)
    origins = [(link.made.entry, link.seq)] if link else []
    origins += [(role.entry, role.seq)] if role else []
    seen |= {person}

    def is_behind(other: str) -> bool:
        return other == maker or (other not in seen and _made_by(conn, other, maker, seen))

    def counts(confirmation: Written) -> bool:
        entry = confirmation.entry
        return entry.host != DESK or (entry.by != person and not is_behind(entry.by))

    return any(
        entry.host == DESK and is_behind(entry.by) and not any(map(counts, _confirmations(conn, person, seq)))
        for entry, seq in origins
    )


def _behind(conn: Connection, person: str) -> set[str]:
    """Everybody who could be behind an account."""
    found: set[str] = set()
    asked = [person]
    while asked:
        makers = account_of(conn, asked.pop()).makers - found
        found |= makers
        asked += makers
    return {one for one in found if _made_by(conn, person, one, frozenset())}


def _confirmed_since(conn: Connection, person: str, other: str, broken_at: int) -> bool:
    """Whether somebody else confirmed an account after the log was altered: who made it nobody can say any more."""
    found = (one.entry for one in _confirmations(conn, person, broken_at - 1))
    return any(entry.host != DESK or entry.by not in {person, other} for entry in found)


def _link(conn: Connection, person: str) -> _Link | None:
    """The link with which the present password was chosen, if that was within the time that counts. A new link takes
    the earlier ones away, so it is the last one that was made before.
    """
    used = audit.newest(conn, person, "choose-password")
    if used is None or used.at < now() - WITHIN:
        return None
    made = audit_pages.page(conn, Wanted(actions=("invite",), subject=person), used.seq, 1)
    return _Link(made[0], used.seq) if made else None


def _role(conn: Connection, person: str) -> Written | None:
    """The change of config.yaml at the desk by which somebody came to approve, if it was within that time."""
    changes = Wanted(actions=("add-person", "change-person"), subject=person)
    for one in audit_pages.page(conn, changes, None, 100):
        if one.at < now() - WITHIN:
            return None
        was = one.entry.detail.get("was", "" if one.entry.action == "add-person" else one.entry.detail.get("role"))
        if one.entry.detail.get("role") in RIGHTS[Deed.APPROVE] and was not in RIGHTS[Deed.APPROVE]:
            return one
    return None


def _confirmations(conn: Connection, person: str, since: int) -> Iterator[Written]:
    """The confirmations of an account that are newer than entry number `since`, newest first."""
    found = audit_pages.page(conn, Wanted(actions=(_CONFIRM,), subject=person), None, 20)
    return (one for one in found if one.seq > since)


def _act(one: Written | None) -> Act | None:
    return None if one is None else Act(one.entry.by, one.at, one.entry.host == DESK)
