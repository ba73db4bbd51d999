"""Campaigns made, changed and taken out at the desk: what changes is config.yaml, and nothing of it but that."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from broadcaster.config import Campaign
from broadcaster.config.yamledit import YamlText
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.slugs import free_slug
from broadcaster.domain.states import OPEN_APPROVALS
from broadcaster.ledger import audit
from broadcaster.ledger.audit import Entry
from broadcaster.services.access.permissions import Actor
from broadcaster.services.approving.review import standing
from broadcaster.services.campaigns.form import CHANNELS, WEEKDAYS, AtApproval, Wanted, Weekly, as_it_is, keys
from broadcaster.services.project.config_file import changing, save
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.writing import letter_catalogue

BLOCK = "campaigns"


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


def declare(project: Project, title: str, wanted: Wanted, by: Actor) -> str:
    """Write a campaign into config.yaml, every other byte of which stays; its name, which is made of the title.

    Raises DeclarationError, TimePastError, EditedMeanwhileError, and ProblemsFoundError, with the file as it was, if
    that would make config.yaml wrong.
    """
    if wanted.when is None:
        raise DeclarationError("It has no time.")
    _refuse(project, wanted)
    with changing(project) as text:
        name = free_slug(title, wanted.letter, (text.data.get(BLOCK) or {}).__contains__)
        text.add(BLOCK, "", f"{name}:", *(f"  {key}: {value}" for key, value in keys(wanted).items()))
        save(project, text)
    _log(project, by, "make-campaign", name)
    return name


def change(project: Project, campaign: Campaign, wanted: Wanted, by: Actor) -> None:
    """Make a campaign another one, of which nothing went out but what comes again and again. Keys that say the same as
    before stay as people wrote them. What was submitted or approved before does not hold for what is changed.

    Raises UnderWayError, and all that `declare` does.
    """
    before = as_it_is(campaign)
    if wanted.when == before.when:
        wanted = replace(wanted, when=None)
    _refuse(project, wanted)
    _refuse_over(project, campaign, wanted)
    with changing(project) as text:
        _rewrite(text, campaign.name, keys(before), keys(wanted))
        save(project, text)
    _log(project, by, "change-campaign", campaign.name)


def take_out(project: Project, campaign: Campaign, by: Actor) -> None:
    """Take a campaign out of config.yaml, of which nothing went out or waits to."""
    found = standing(project, campaign)
    if found.broadcast is not None:
        raise UnderWayError(_SENT.format(campaign.name), remedy=_NEW)
    if found.approval is not None and found.approval.state in OPEN_APPROVALS:
        problem = f"{campaign.name} is {found.approval.state}."
        raise UnderWayError(problem, remedy="Call it off first, then take it out.")
    with changing(project) as text:
        text.replace((BLOCK, campaign.name))
        save(project, text)
    _log(project, by, "remove-campaign", campaign.name)


def _rewrite(text: YamlText, name: str, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Change those keys of a campaign that say something else now, in their places; new ones stand where one goes."""
    place = (BLOCK, name)
    timed = {"when", "every"} & after.keys()
    new = []
    for key, value in after.items():
        if value == before.get(key):
            continue
        if text.has(*place, key):
            text.replace((*place, key), f"{key}: {value}")
        else:
            new.append(f"{key}: {value}")
    gone = [key for key in ("when", "every") if timed and key not in timed and text.has(*place, key)]
    if gone:
        text.replace((*place, gone[0]), *new)
    elif new:
        text.replace((*place, "letter"), f"letter: {after['letter']}", *new)


def _refuse(project: ProjectView, wanted: Wanted) -> None:
    if wanted.letter not in letter_catalogue.names(project):
        raise DeclarationError("There is no such letter.")
    if not wanted.audiences or not set(wanted.audiences) <= set(letter_catalogue.audience_names(project)):
        raise DeclarationError("There is no such audience.", remedy="Choose at least one of those there are.")
    if wanted.channel not in CHANNELS:
        raise DeclarationError("There is no such channel.")
    if isinstance(wanted.when, datetime) and wanted.when <= project.wall_now():
        raise TimePastError(f"{wanted.when:%A %d %B %Y, %H:%M} lies behind us.")
    if isinstance(wanted.when, Weekly):
        _refuse_week(wanted.when, project.wall_now().date())


def _refuse_week(weekly: Weekly, today: date) -> None:
    if weekly.day not in WEEKDAYS:
        raise DeclarationError("There is no such day of the week.")
    if weekly.until < today:
        raise TimePastError("The last day lies behind us.")
    if weekly.at_most is not None and weekly.at_most < 1:
        raise DeclarationError("It would be approved for nobody.", remedy="Say how many people may get it at most.")


def _refuse_over(project: ProjectView, campaign: Campaign, wanted: Wanted) -> None:
    found = standing(project, campaign)
    if found.over or (found.broadcast is not None and isinstance(wanted.when, datetime | AtApproval)):
        raise UnderWayError(_SENT.format(campaign.name), remedy=_NEW)


_SENT = "{} has been sent, and what it says in config.yaml stays as a record of that."
_NEW = "Make a new campaign for what comes after it."


def _log(project: Project, by: Actor, action: str, name: str) -> None:
    with project.ledger.writing() as conn:
        audit.write(conn, Entry(by.name, action, name, {}, by.system_user, by.host))
