"""Campaigns that are made, moved and taken out at the desk: what changes is config.yaml, and nothing of it but that."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time

from broadcaster.config import Campaign
from broadcaster.domain.errors import BroadcasterError
from broadcaster.ledger import audit
from broadcaster.ledger.audit import Entry
from broadcaster.services import letterbook
from broadcaster.services.call_off import ALIVE
from broadcaster.services.configfile import changing, save
from broadcaster.services.people import Actor
from broadcaster.services.project import Project
from broadcaster.services.review import standing

BLOCK = "campaigns"
LONGEST = 48
RESERVED = frozenset({"new"})
"""Names that pages of the desk have."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CHANNELS = ("preferred", "email", "sms", "both")


class DeclarationError(BroadcasterError):
    """A campaign as described cannot be."""

    code = "campaign-impossible"
    default_remedy = "Choose again."


class TimePastError(DeclarationError):
    """The time lies behind us."""

    code = "time-past"
    default_remedy = "Choose a time that lies ahead. To send at once, submit it with “as soon as it is approved”."


class UnderWayError(BroadcasterError):
    """Something was submitted, approved or sent of this campaign, so it is not changed under people's eyes."""

    code = "campaign-under-way"


@dataclass(frozen=True, slots=True)
class Weekly:
    """Each week on a day of `WEEKDAYS` at a time, up to and with a date."""

    day: str
    at: time
    until: date


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """What somebody wants to send: `title` becomes its name; `when` is one wall time, or every week."""

    title: str
    letter: str
    audiences: tuple[str, ...]
    channel: str
    when: datetime | Weekly


def declare(project: Project, new: NewCampaign, by: Actor) -> str:
    """Write a campaign into config.yaml, every other byte of which stays; its name.

    Raises DeclarationError, TimePastError, EditedMeanwhileError, and ProblemsFoundError, with the file as it was, if
    that would make config.yaml wrong.
    """
    _refuse(project, new)
    with changing(project) as text:
        name = _free(slug(new.title) or new.letter, text.data.get(BLOCK))
        text.add(BLOCK, "", f"{name}:", *(f"  {line}" for line in _lines(new)))
        save(project, text)
    _log(project, by, "make-campaign", name)
    return name


def move(project: Project, campaign: Campaign, when: datetime, by: Actor) -> None:
    """Give a campaign with one time another. What was submitted or approved for the old one does not hold for it."""
    _refuse_past(project, when)
    _refuse_sent(project, campaign)
    with changing(project) as text:
        text.set((BLOCK, campaign.name, "when"), f"{when:%Y-%m-%d %H:%M}")
        save(project, text)
    _log(project, by, "move-campaign", campaign.name)


def take_out(project: Project, campaign: Campaign, by: Actor) -> None:
    """Take a campaign out of config.yaml, of which nothing went out or waits to."""
    _refuse_sent(project, campaign)
    approval = standing(project, campaign).approval
    if approval is not None and approval.state in ALIVE:
        raise UnderWayError(f"{campaign.name} is {approval.state}.", remedy="Call it off first, then take it out.")
    with changing(project) as text:
        text.replace((BLOCK, campaign.name))
        save(project, text)
    _log(project, by, "remove-campaign", campaign.name)


def slug(title: str) -> str:
    """A name made of a title: its letters a to z and digits, joined by `-`; "" where it has none."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].strip("-")


def _free(wanted: str, taken: object) -> str:
    names = {*RESERVED, *(taken if isinstance(taken, dict) else ())}
    if wanted not in names:
        return wanted
    return next(name for n in range(2, len(names) + 3) if (name := f"{wanted}-{n}") not in names)


def _lines(new: NewCampaign) -> list[str]:
    audiences = new.audiences[0] if len(new.audiences) == 1 else f"[{', '.join(new.audiences)}]"
    lines = [f"letter: {new.letter}", f"audience: {audiences}", f"channel: {new.channel}"]
    if isinstance(new.when, datetime):
        return [*lines, f"when: {new.when:%Y-%m-%d %H:%M}", "approval: {each: true}"]
    at, until = new.when.at, new.when.until
    cron = f'"{at.minute} {at.hour} * * {new.when.day}"'
    return [*lines, f"every: {{cron: {cron}, until: {until.isoformat()}}}", "approval: {each: true}"]


def _refuse(project: Project, new: NewCampaign) -> None:
    if new.letter not in letterbook.names(project):
        raise DeclarationError("There is no such letter.")
    if not new.audiences or not set(new.audiences) <= set(letterbook.audience_names(project)):
        raise DeclarationError("There is no such audience.", remedy="Choose at least one of those there are.")
    if new.channel not in CHANNELS:
        raise DeclarationError("There is no such channel.")
    if isinstance(new.when, datetime):
        _refuse_past(project, new.when)
    elif new.when.day not in WEEKDAYS:
        raise DeclarationError("There is no such day of the week.")
    elif new.when.until < project.wall_now().date():
        raise TimePastError("The last day lies behind us.")


def _refuse_past(project: Project, when: datetime) -> None:
    if when <= project.wall_now():
        raise TimePastError(f"{when:%A %d %B %Y, %H:%M} lies behind us.")


def _refuse_sent(project: Project, campaign: Campaign) -> None:
    sent = standing(project, campaign).broadcast
    if sent is not None:
        raise UnderWayError(
            f"{campaign.name} has been sent, and what it says in config.yaml stays as a record of that.",
            remedy="Make a new campaign for what comes after it.",
        )


def _log(project: Project, by: Actor, action: str, name: str) -> None:
    with project.ledger.writing() as conn:
        audit.write(conn, Entry(by.name, action, name, {}, by.system_user, by.host))
