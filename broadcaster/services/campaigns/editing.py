"""Campaigns made, changed and taken out at the desk: what changes is config.yaml, and nothing of it but that."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from broadcaster.config import CampaignSettings
from broadcaster.config.yaml_files.editing import YamlEditor
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import OPEN_APPROVALS
from broadcaster.domain.text.slugs import free_slug
from broadcaster.ledger.audit_log import audit
from broadcaster.services.access.permissions import Actor
from broadcaster.services.approving.review import campaign_state
from broadcaster.services.campaigns.form import (
    CHANNELS,
    LONGEST_TITLE,
    WEEKDAYS,
    AtApproval,
    CampaignForm,
    Weekly,
    config_values,
    form_of_campaign,
)
from broadcaster.services.project.config_file import editing_config, save_config
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.rosters import audiences
from broadcaster.services.writing import letter_catalogue

CAMPAIGNS_KEY = "campaigns"


class InvalidCampaignError(BroadcasterError):
    """A campaign as described cannot be."""

    code = "campaign-impossible"
    default_remedy = "Choose again."


class CampaignTimePastError(InvalidCampaignError):
    """The time lies behind us."""

    code = "time-past"
    default_remedy = "Choose a time that lies ahead. To send at once, submit it with “as soon as it is approved”."
    default_field = "when"


class CampaignUnderWayError(BroadcasterError):
    """Something was submitted, approved or sent of this campaign, so it is not changed under people's eyes."""

    code = "campaign-under-way"


def create_campaign(project: Project, form: CampaignForm, by: Actor) -> str:
    """Write a campaign into config.yaml, every other byte of which stays; its name, which is made of the title.

    Raises DeclarationError, TimePastError, EditedMeanwhileError, and ProblemsFoundError, with the file as it was, if
    that would make config.yaml wrong.
    """
    if form.when is None:
        raise InvalidCampaignError("It has no time.")
    _refuse_invalid_form(project, form)
    with editing_config(project) as text:
        name = free_slug(form.title, form.letter, (text.data.get(CAMPAIGNS_KEY) or {}).__contains__)
        text.add(CAMPAIGNS_KEY, "", f"{name}:", *(f"  {key}: {value}" for key, value in config_values(form).items()))
        save_config(project, text)
    _write_audit_entry(project, by, "make-campaign", name)
    return name


def change_campaign(project: Project, campaign: CampaignSettings, form: CampaignForm, by: Actor) -> None:
    """Make a campaign another one, of which nothing went out but what comes again and again. Keys that say the same as
    before stay as people wrote them. What was submitted or approved before does not hold for what is changed.

    Raises UnderWayError, and all that `create_campaign` does.
    """
    before = form_of_campaign(campaign)
    if form.when == before.when:
        form = replace(form, when=None)
    _refuse_invalid_form(project, form)
    _refuse_sent_campaign(project, campaign, form)
    with editing_config(project) as text:
        _rewrite_campaign(text, campaign.name, config_values(before), config_values(form))
        save_config(project, text)
    _write_audit_entry(project, by, "change-campaign", campaign.name)


def remove_campaign(project: Project, campaign: CampaignSettings, by: Actor) -> None:
    """Take a campaign out of config.yaml, of which nothing went out or waits to."""
    found = campaign_state(project, campaign)
    if found.broadcast is not None:
        raise CampaignUnderWayError(_ALREADY_SENT.format(campaign.name), remedy=_MAKE_NEW)
    if found.approval is not None and found.approval.state in OPEN_APPROVALS:
        problem = f"{campaign.name} is {found.approval.state}."
        raise CampaignUnderWayError(problem, remedy="Call it off first, then take it out.")
    with editing_config(project) as text:
        text.replace((CAMPAIGNS_KEY, campaign.name))
        save_config(project, text)
    _write_audit_entry(project, by, "remove-campaign", campaign.name)


def _rewrite_campaign(text: YamlEditor, name: str, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Change those keys of a campaign that say something else now, in their places; new ones stand where one goes."""
    place = (CAMPAIGNS_KEY, name)
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


def _refuse_invalid_form(project: ProjectView, form: CampaignForm) -> None:
    if len(form.title) > LONGEST_TITLE:
        raise InvalidCampaignError(
            f"Its name is longer than {LONGEST_TITLE} characters.", remedy="Say it in fewer words.", field="title"
        )
    if form.letter not in letter_catalogue.list_letters(project):
        raise InvalidCampaignError("There is no such letter.")
    if not form.audiences or not set(form.audiences) <= set(audiences.list_audiences(project)):
        raise InvalidCampaignError("There is no such audience.", remedy="Choose at least one of those there are.")
    if form.channel not in CHANNELS:
        raise InvalidCampaignError("There is no such channel.")
    if isinstance(form.when, datetime) and form.when <= project.wall_now():
        raise CampaignTimePastError(f"{form.when:%A %d %B %Y, %H:%M} lies behind us.")
    if isinstance(form.when, Weekly):
        _refuse_invalid_week(form.when, project.wall_now().date())


def _refuse_invalid_week(weekly: Weekly, today: date) -> None:
    if weekly.day not in WEEKDAYS:
        raise InvalidCampaignError("There is no such day of the week.")
    if weekly.until < today:
        raise CampaignTimePastError("The last day lies behind us.", field="until")
    if weekly.at_most is not None and weekly.at_most < 1:
        raise InvalidCampaignError(
            "It would be approved for nobody.", remedy="Say how many people may get it at most.", field="at_most"
        )


def _refuse_sent_campaign(project: ProjectView, campaign: CampaignSettings, form: CampaignForm) -> None:
    found = campaign_state(project, campaign)
    if found.over or (found.broadcast is not None and isinstance(form.when, datetime | AtApproval)):
        raise CampaignUnderWayError(_ALREADY_SENT.format(campaign.name), remedy=_MAKE_NEW)


_ALREADY_SENT = "{} has been sent, and what it says in config.yaml stays as a record of that."
_MAKE_NEW = "Make a new campaign for what comes after it."


def _write_audit_entry(project: Project, by: Actor, action: str, name: str) -> None:
    with project.ledger.writing() as conn:
        audit.record(conn, by, action, name)
