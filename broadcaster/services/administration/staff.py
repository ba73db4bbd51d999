"""The people who work here, taken in, changed and taken out at the desk: what changes is `people` in config.yaml.

Whether somebody may is looked up in the file as it is while nobody else can change it, so that two administrators who
take one another's rights at one moment do not both succeed.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from broadcaster.audiences import read_address
from broadcaster.audiences.address import AddressError
from broadcaster.config import Person, Role, Settings, load_settings
from broadcaster.domain.channels import Channel
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import OPEN_APPROVALS
from broadcaster.ledger import accounts as ledger_accounts
from broadcaster.ledger import audit
from broadcaster.ledger.audit import Entry
from broadcaster.services.access.permissions import (
    RIGHTS,
    Actor,
    Deed,
    UnknownPersonError,
    covers,
    may,
    refuse_unable,
    refuse_wider,
    refuse_wider_than_own,
    sees,
)
from broadcaster.services.access.staff_entries import BLOCK, Part, line, part_of, rewrite
from broadcaster.services.approving.occurrence_fates import accounts
from broadcaster.services.project.config_file import changing, save
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.reporting.agenda import audiences_of
from broadcaster.services.reporting.broadcast_status import Approval
from broadcaster.services.writing import letter_catalogue

LONGEST_NAME = 120
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}")


class PersonImpossibleError(BroadcasterError):
    """A person as described cannot be."""

    code = "person-impossible"
    default_remedy = "Change it, and save again."


class OwnRightsError(BroadcasterError):
    """Somebody would take their own rights, by mistake most likely, or give themselves others."""

    code = "own-rights"
    default_remedy = "Ask another administrator to do it."


class LastAdministratorError(BroadcasterError):
    """Nobody would be left who can look after everybody who works here."""

    code = "last-administrator"
    default_remedy = "Make somebody else an administrator of all audiences first."


def add(project: Project, key: str, part: Part, by: Actor) -> None:
    """Take somebody in. They come without a password, whatever somebody of that key once had.

    Raises PersonImpossibleError, NotAllowedError, and what `config_file.save` raises.
    """
    if not _KEY.fullmatch(key):
        raise PersonImpossibleError(
            "A sign-in name is made of the letters a to z in lower case, digits and hyphens.",
            remedy="Choose something short, such as a first name.",
        )
    part = _sound(project, part, ())
    with changing(project) as text:
        settings = _fresh(project, by)
        if key in settings.people:
            raise PersonImpossibleError(f"Somebody has the sign-in name {key} already.", remedy="Choose another one.")
        refuse_wider_than_own(settings, by.name, key, part.audiences)
        text.add(BLOCK, line(key, part))
        with project.ledger.writing() as conn:
            ledger_accounts.forget(conn, key)
            audit.write(conn, Entry(by.name, "add-person", key, _told(part), by.system_user, by.host))
            save(project, text)


def change(project: Project, key: str, part: Part, by: Actor) -> None:
    """Give somebody another name, role or audiences. Whoever may do less than before is signed out everywhere,
    and a link that somebody made who has no right to it any more is good no longer.

    Raises UnknownPersonError, OwnRightsError, LastAdministratorError, and what `add` raises.
    """
    with changing(project) as text:
        settings = _fresh(project, by)
        was = _person(settings, key)
        part = _sound(project, part, was.audiences or ())
        if key == by.name and (part.role, part.audiences) != (was.role, was.audiences):
            raise OwnRightsError("Nobody changes their own role or audiences.")
        refuse_wider(settings, by.name, key)
        refuse_wider_than_own(settings, by.name, key, part.audiences)
        refuse_last(settings, {**_parts(settings), key: part})
        rewrite(text, key, _parts(settings)[key], part)
        with project.ledger.writing() as conn:
            if _is_less(_parts(settings)[key], part):
                ledger_accounts.end_sessions_of(conn, key)
                # Whoever made a link may have kept it, and could come in with it as somebody else.
                ledger_accounts.revoke_made_by(conn, key)
            maker = ledger_accounts.maker(conn, key)
            if maker is not None and maker in settings.people and not covers(settings, maker, part.audiences):
                ledger_accounts.revoke(conn, key)
            # `accounts` looks whether this gave somebody the right to approve.
            detail = _told(part) | {"was": str(was.role)}
            audit.write(conn, Entry(by.name, "change-person", key, detail, by.system_user, by.host))
            save(project, text)


def remove(project: Project, key: str, by: Actor) -> None:
    """Take somebody out: their sessions end, their password, any link for them and all links of their making are gone.

    What they submitted or approved stays as it is, and can be called off (`unfinished`). Raises as `change`.
    """
    with changing(project) as text:
        settings = _fresh(project, by)
        _person(settings, key)
        if key == by.name:
            raise OwnRightsError("Nobody takes themselves out.")
        refuse_wider(settings, by.name, key)
        refuse_last(settings, {who: part for who, part in _parts(settings).items() if who != key})
        text.replace((BLOCK, key))
        with project.ledger.writing() as conn:
            ledger_accounts.forget(conn, key)
            ledger_accounts.revoke_made_by(conn, key)
            audit.write(conn, Entry(by.name, "remove-person", key, {}, by.system_user, by.host))
            save(project, text)


def unfinished(project: ProjectView, key: str, by: str) -> list[Approval]:
    """What this person submitted or approved and that has not gone out, of audiences that `by` works with."""
    found = {
        account.approval.id: account.approval
        for account in accounts(project).accounts
        if account.approval is not None
        and account.approval.state in OPEN_APPROVALS
        and key in (account.approval.submitted_by, account.approval.decided_by)
        and sees(project.settings, by, audiences_of(project, account))
    }
    return list(found.values())


def two_can(settings: Settings) -> bool:
    """Whether there are two people of whom one can submit and the other approve: else nothing can ever go out."""
    deciding = [who for who in settings.people if may(settings, who, Deed.APPROVE)]
    return any(who != other for who in settings.people if may(settings, who, Deed.SUBMIT) for other in deciding)


def _fresh(project: ProjectView, by: Actor) -> Settings:
    """config.yaml as it is now; the one who does this must still be somebody who may."""
    settings = load_settings(project.root, {})
    refuse_unable(settings, by.name, Deed.LOOK_AFTER_PEOPLE)
    return settings


def _person(settings: Settings, key: str) -> Person:
    try:
        return settings.people[key]
    except KeyError:
        raise UnknownPersonError(
            f"{key!r} is no longer one of the people in config.yaml.", remedy="Somebody has just taken them out."
        ) from None


def _sound(project: ProjectView, part: Part, had: tuple[str, ...]) -> Part:
    """The same part, its name without blanks around it. Raises PersonImpossibleError where it cannot be."""
    name = " ".join(part.name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise PersonImpossibleError(f"A name has 1 to {LONGEST_NAME} characters, and no control characters.")
    if part.role not in list(Role):
        raise PersonImpossibleError("There is no such role.")
    part = sound_contact(replace(part, name=name), project.settings.organisation.region)
    if part.audiences is None:
        return part
    if not part.audiences:
        raise PersonImpossibleError("Somebody who works with no audience could do nothing here.")
    if not set(part.audiences) <= {*letter_catalogue.audience_names(project), *had}:
        raise PersonImpossibleError("There is no such audience.")
    return replace(part, audiences=tuple(dict.fromkeys(part.audiences)))


def sound_contact(part: Part, region: str) -> Part:
    """The same part, if they can be told as it says. Raises PersonImpossibleError."""
    for channel, written in ((Channel.EMAIL, part.email), (Channel.SMS, part.phone)):
        if not written and channel in part.tell:
            raise PersonImpossibleError(f"Somebody is to be told by {_BY[channel]}, and there is no {_WHERE[channel]}.")
        if written and _channel_of(written, region) is not channel:
            raise PersonImpossibleError(f"This is no {_WHERE[channel]} that could be written to.")
    if not set(part.tell) <= set(Channel):
        raise PersonImpossibleError("People are told by email or by text.")
    return replace(part, tell=tuple(one for one in Channel if one in part.tell))


_BY = {Channel.EMAIL: "email", Channel.SMS: "text"}
_WHERE = {Channel.EMAIL: "email address", Channel.SMS: "telephone number"}


def _channel_of(written: str, region: str) -> Channel | None:
    try:
        return read_address(written, region, for_texts=True)[0]
    except AddressError:
        return None


def _parts(settings: Settings) -> dict[str, Part]:
    return {who: part_of(one) for who, one in settings.people.items()}


def refuse_last(settings: Settings, after: Mapping[str, Part]) -> None:
    """Raise LastAdministratorError where nobody would be left to look after all; one who is limited cannot."""

    def looks_after_all(parts: Mapping[str, Part]) -> bool:
        return any(part.role == Role.ADMIN and part.audiences is None for part in parts.values())

    if looks_after_all(_parts(settings)) and not looks_after_all(after):
        raise LastAdministratorError("There would be no administrator of all audiences any more.")


def _is_less(was: Part, part: Part) -> bool:
    """Whether somebody may do less than before, in any way."""
    lost = any(was.role in roles and part.role not in roles for roles in RIGHTS.values())
    fewer = part.audiences is not None and (was.audiences is None or not set(was.audiences) <= set(part.audiences))
    return lost or fewer


def _told(part: Part) -> dict[str, object]:
    """What the audit log keeps: no address."""
    told: dict[str, object] = {"role": str(part.role)}
    told["audiences"] = list(part.audiences) if part.audiences is not None else "all"
    if part.tell:
        told["tell"] = [str(one) for one in part.tell]
    return told
