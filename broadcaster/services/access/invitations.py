"""Links that can be used once: to choose a password and sign in, or to sign in at once.

Links are made on the command line or by an admin. Whoever made one hands it over: the desk sends no mail to staff.
"""

import logging
import secrets
from datetime import timedelta
from enum import StrEnum

from broadcaster.config import Settings
from broadcaster.domain.errors import BroadcasterError
from broadcaster.keys.passwords import hash_password
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.staff import accounts
from broadcaster.ledger.staff.accounts import Invitation
from broadcaster.services.access.passwords import SIGNATURE_PREFIX, find_newest_password_entry, refuse_weak_password
from broadcaster.services.access.permissions import Actor, UnknownPersonError, own_account_actor
from broadcaster.services.access.sessions import open_session
from broadcaster.services.project.project import Project, ProjectView, now

LINK_LIFETIME = timedelta(hours=72)

_log = logging.getLogger(__name__)


class LinkPurpose(StrEnum):
    """What a link may be used for."""

    CHOOSE = "choose"  # a password, and sign in
    ENTER = "enter"  # sign in at once; for the demo


class LinkGoneError(BroadcasterError):
    """The link was used, has expired, or never existed."""

    code = "link-gone"
    default_remedy = "Ask whoever gave it to you for a new one: `broadcaster invite PERSON` makes it."


def create_invitation(project: Project, person: str, by: Actor, purpose: LinkPurpose = LinkPurpose.CHOOSE) -> str:
    """The secret of a new link for a person; their earlier links can no longer be used. Raises UnknownPersonError."""
    _refuse_unknown_person(project.settings, person)
    secret = secrets.token_urlsafe(24)
    invitation = Invitation(_link_mark(project, secret), person, purpose, by.name, now() + LINK_LIFETIME)
    with project.ledger.writing() as conn:
        accounts.add_invitation(conn, invitation)
        audit.record(conn, by, "invite", person, good=purpose.value)
    return secret


def find_invitation(project: ProjectView, secret: str) -> Invitation:
    """The link with this secret, which stays usable. Raises LinkGoneError."""
    with project.ledger.reading() as conn:
        invitation = accounts.get_invitation(conn, _link_mark(project, secret))
        newest = find_newest_password_entry(conn, invitation.person, "invite") if invitation else None
    if newest is not None and newest.entry.action != "invite":
        _log.error("A link that had been used stands in the ledger again, and is good for nothing. [row-altered]")
        invitation = None
    if invitation is None or invitation.ends_at <= now() or invitation.person not in project.settings.people:
        raise LinkGoneError("This link has been used, or has run out.")
    return invitation


def choose_password(project: Project, secret: str, password: str) -> str:
    """Use a link to set its person's password and sign them in; their other sessions end.

    Returns the new session's secret. Raises LinkGoneError, WeakPasswordError.
    """
    invitation = find_invitation(project, secret)
    refuse_weak_password(project.settings, invitation.person, password)
    return _use_invitation(project, invitation, hash_password(password))


def sign_in_with_link(project: Project, secret: str) -> str:
    """Use a link whose purpose is ENTER; returns the new session's secret. Raises LinkGoneError."""
    invitation = find_invitation(project, secret)
    if invitation.kind != LinkPurpose.ENTER:
        raise LinkGoneError("This link is for choosing a password.")
    return _use_invitation(project, invitation, None)


def _use_invitation(project: Project, invitation: Invitation, password_hash: str | None) -> str:
    person = invitation.person
    with project.ledger.writing() as conn:
        if not accounts.use_up_invitation(conn, invitation.mark):
            raise LinkGoneError("This link has just been used.")
        if password_hash is not None:
            signature = accounts.set_password(conn, person, password_hash)
            accounts.end_sessions_of(conn, person)
            actor = own_account_actor(person)
            audit.record(conn, actor, "choose-password", person, password=signature[:SIGNATURE_PREFIX])
        return open_session(project, conn, person)


def _refuse_unknown_person(settings: Settings, person: str) -> None:
    if person not in settings.people:
        known = ", ".join(sorted(settings.people)) or "nobody yet"
        raise UnknownPersonError(
            f"{person!r} is not one of the people in config.yaml.", remedy=f"Use one of: {known}.", file="config.yaml"
        )


def _link_mark(project: ProjectView, secret: str) -> bytes:
    return project.keyring.blind("invitation", secret)
