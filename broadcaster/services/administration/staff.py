"""Staff: people added, changed and removed at the desk, which edits `people` in config.yaml.

Permissions are read from the file while its lock is held. So two administrators who take away each other's rights at
one moment do not both succeed.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from broadcaster.audiences.addresses.typed_address import TypedAddressError, read_address
from broadcaster.config import Person, Role, Settings, load_settings
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import OPEN_APPROVALS
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.staff import accounts
from broadcaster.services.access.permissions import (
    ROLES_BY_PERMISSION,
    Actor,
    Permission,
    UnknownPersonError,
    can_see,
    has_permission,
    refuse_wider_access,
    refuse_wider_audiences,
    refuse_without_permission,
    works_with_all,
)
from broadcaster.services.access.staff_entries import (
    PEOPLE_KEY,
    StaffEntry,
    format_staff_entry,
    rewrite_staff_entry,
    staff_entry_of,
)
from broadcaster.services.approving.occurrence_fates import list_fates
from broadcaster.services.project.config_file import editing_config, save_config
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.reporting.agenda import audiences_of_occurrence
from broadcaster.services.reporting.broadcast_status import Approval
from broadcaster.services.rosters import audiences

LONGEST_NAME = 120
_SIGN_IN_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}")


class InvalidPersonError(BroadcasterError):
    """The entry of a person is not valid."""

    code = "person-impossible"
    default_remedy = "Change it, and save again."


class OwnRightsError(BroadcasterError):
    """People cannot change their own rights."""

    code = "own-rights"
    default_remedy = "Ask another administrator to do it."


class LastAdministratorError(BroadcasterError):
    """No administrator of all audiences would be left."""

    code = "last-administrator"
    default_remedy = "Make somebody else an administrator of all audiences first."


def add_person(project: Project, key: str, part: StaffEntry, by: Actor) -> None:
    """Add a person. They have no password, even if somebody with this key had one before.

    Raises InvalidPersonError, NotAllowedError, and what `config_file.save_config` raises.
    """
    if not _SIGN_IN_NAME.fullmatch(key):
        raise InvalidPersonError(
            "A sign-in name is made of the letters a to z in lower case, digits and hyphens.",
            remedy="Choose something short, such as a first name.",
            field="key",
        )
    part = _checked_entry(project, part, ())
    with editing_config(project) as text:
        settings = _current_settings(project, by)
        if key in settings.people:
            raise InvalidPersonError(
                f"Somebody has the sign-in name {key} already.", remedy="Choose another one.", field="key"
            )
        refuse_wider_audiences(settings, by.name, key, part.audiences)
        text.add(PEOPLE_KEY, format_staff_entry(key, part))
        with project.ledger.writing() as conn:
            accounts.forget_person(conn, key)
            audit.record(conn, by, "add-person", key, **_audit_detail(part))
            save_config(project, text)


def change_person(project: Project, key: str, part: StaffEntry, by: Actor) -> None:
    """Change a person's name, role or audiences.

    Whoever loses a right is signed out everywhere, and the invitations that they made become void.

    Raises UnknownPersonError, OwnRightsError, LastAdministratorError, and what `add_person` raises.
    """
    with editing_config(project) as text:
        settings = _current_settings(project, by)
        was = _find_person(settings, key)
        part = _checked_entry(project, part, was.audiences or ())
        if key == by.name and (part.role, part.audiences) != (was.role, was.audiences):
            raise OwnRightsError("Nobody changes their own role or audiences.")
        refuse_wider_access(settings, by.name, key)
        refuse_wider_audiences(settings, by.name, key, part.audiences)
        refuse_losing_last_administrator(settings, {**_staff_entries(settings), key: part})
        rewrite_staff_entry(text, key, _staff_entries(settings)[key], part)
        with project.ledger.writing() as conn:
            if _loses_rights(_staff_entries(settings)[key], part):
                accounts.end_sessions_of(conn, key)
                # Whoever made a link may have kept it, and could sign in as somebody else.
                accounts.revoke_invitations_made_by(conn, key)
            maker = accounts.get_inviter(conn, key)
            if maker is not None and maker in settings.people and not works_with_all(settings, maker, part.audiences):
                accounts.revoke_invitations(conn, key)
            # `accounts` checks whether this gave them the right to approve.
            detail = _audit_detail(part) | {"was": str(was.role)}
            audit.record(conn, by, "change-person", key, **detail)
            save_config(project, text)


def remove_person(project: Project, key: str, by: Actor) -> None:
    """Remove a person with their sessions, password, and all invitations for them or made by them.

    What they submitted or approved stays as it is, and can be called off (`list_unfinished_approvals`). Raises as
    `change_person`.
    """
    with editing_config(project) as text:
        settings = _current_settings(project, by)
        _find_person(settings, key)
        if key == by.name:
            raise OwnRightsError("Nobody takes themselves out.")
        refuse_wider_access(settings, by.name, key)
        refuse_losing_last_administrator(
            settings, {who: part for who, part in _staff_entries(settings).items() if who != key}
        )
        text.replace((PEOPLE_KEY, key))
        with project.ledger.writing() as conn:
            accounts.forget_person(conn, key)
            accounts.revoke_invitations_made_by(conn, key)
            audit.record(conn, by, "remove-person", key)
            save_config(project, text)


def list_unfinished_approvals(project: ProjectView, key: str, by: str) -> list[Approval]:
    """Approvals that this person submitted or decided and that are not released, of audiences of `by`."""
    found = {
        account.approval.id: account.approval
        for account in list_fates(project).accounts
        if account.approval is not None
        and account.approval.state in OPEN_APPROVALS
        and key in (account.approval.submitted_by, account.approval.decided_by)
        and can_see(project.settings, by, audiences_of_occurrence(project, account))
    }
    return list(found.values())


def has_author_and_approver(settings: Settings) -> bool:
    """Whether two people can submit and approve between them; otherwise nothing can ever go out."""
    deciding = [who for who in settings.people if has_permission(settings, who, Permission.APPROVE)]
    return any(
        who != other
        for who in settings.people
        if has_permission(settings, who, Permission.SUBMIT)
        for other in deciding
    )


def _current_settings(project: ProjectView, by: Actor) -> Settings:
    """The settings of config.yaml now. Raises NotAllowedError if `by` has lost the right meanwhile."""
    settings = load_settings(project.root, {})
    refuse_without_permission(settings, by.name, Permission.LOOK_AFTER_PEOPLE)
    return settings


def _find_person(settings: Settings, key: str) -> Person:
    try:
        return settings.people[key]
    except KeyError:
        raise UnknownPersonError(
            f"{key!r} is no longer one of the people in config.yaml.", remedy="Somebody has just taken them out."
        ) from None


def _checked_entry(project: ProjectView, part: StaffEntry, had: tuple[str, ...]) -> StaffEntry:
    """The entry with its name stripped. Raises InvalidPersonError."""
    name = " ".join(part.name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidPersonError(f"A name has 1 to {LONGEST_NAME} characters, and no control characters.", field="name")
    if part.role not in list(Role):
        raise InvalidPersonError("There is no such role.", field="role")
    part = checked_contact(replace(part, name=name), project.settings.organisation.region)
    if part.audiences is None:
        return part
    if not part.audiences:
        raise InvalidPersonError("Somebody who works with no audience could do nothing here.", field="audience")
    if not set(part.audiences) <= {*audiences.list_audiences(project), *had}:
        raise InvalidPersonError("There is no such audience.", field="audience")
    return replace(part, audiences=tuple(dict.fromkeys(part.audiences)))


def checked_contact(part: StaffEntry, region: str) -> StaffEntry:
    """The entry, if its addresses can be used for notifications. Raises InvalidPersonError."""
    for channel, written in ((Channel.EMAIL, part.email), (Channel.SMS, part.phone)):
        if not written and channel in part.tell:
            raise InvalidPersonError(
                f"Somebody is to be told by {_CHANNEL_WORDS[channel]}, and there is no {_ADDRESS_WORDS[channel]}.",
                field=_ADDRESS_FIELDS[channel],
            )
        if written and _channel_of(written, region) is not channel:
            raise InvalidPersonError(
                f"This is no {_ADDRESS_WORDS[channel]} that could be written to.", field=_ADDRESS_FIELDS[channel]
            )
    if not set(part.tell) <= set(Channel):
        raise InvalidPersonError("People are told by email or by text.")
    return replace(part, tell=tuple(one for one in Channel if one in part.tell))


_CHANNEL_WORDS = {Channel.EMAIL: "email", Channel.SMS: "text"}
_ADDRESS_FIELDS = {Channel.EMAIL: "email", Channel.SMS: "phone"}
_ADDRESS_WORDS = {Channel.EMAIL: "email address", Channel.SMS: "telephone number"}


def _channel_of(written: str, region: str) -> Channel | None:
    try:
        return read_address(written, region, for_texts=True)[0]
    except TypedAddressError:
        return None


def _staff_entries(settings: Settings) -> dict[str, StaffEntry]:
    return {who: staff_entry_of(one) for who, one in settings.people.items()}


def refuse_losing_last_administrator(settings: Settings, after: Mapping[str, StaffEntry]) -> None:
    """Raise LastAdministratorError unless an administrator without limits to some audiences is left."""

    def looks_after_all(parts: Mapping[str, StaffEntry]) -> bool:
        return any(part.role == Role.ADMIN and part.audiences is None for part in parts.values())

    if looks_after_all(_staff_entries(settings)) and not looks_after_all(after):
        raise LastAdministratorError("There would be no administrator of all audiences any more.")


def _loses_rights(was: StaffEntry, part: StaffEntry) -> bool:
    """Whether the change takes any right away."""
    lost = any(was.role in roles and part.role not in roles for roles in ROLES_BY_PERMISSION.values())
    fewer = part.audiences is not None and (was.audiences is None or not set(was.audiences) <= set(part.audiences))
    return lost or fewer


def _audit_detail(part: StaffEntry) -> dict[str, object]:
    """The entry's detail for the audit log, without addresses."""
    told: dict[str, object] = {"role": str(part.role)}
    told["audiences"] = list(part.audiences) if part.audiences is not None else "all"
    if part.tell:
        told["tell"] = [str(one) for one in part.tell]
    return told
