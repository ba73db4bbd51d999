"""What somebody wants a campaign to be, and the lines of config.yaml that say so."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time

from broadcaster.config import CampaignSettings
from broadcaster.config.field_types.scalars import AS_SOON_AS_APPROVED
from broadcaster.config.yaml_files.editing import quote_yaml
from broadcaster.domain.language.multilingual_text import EVERY_LANGUAGE, TextInLanguage

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_TITLE = 100
"""Characters of a title."""

CHANNELS = ("preferred", "email", "sms", "both")

_WEEKLY_CRON = re.compile(rf"(\d{{1,2}}) (\d{{1,2}}) \* \* ({'|'.join(WEEKDAYS)})")


@dataclass(frozen=True, slots=True)
class Weekly:
    """Each week on a day of `WEEKDAYS` at a time, up to and with a date. With `at_most`, a number of people, one
    approval holds for all of these times; without it each is approved.
    """

    day: str
    at: time
    until: date
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class AtApproval:
    """Once, as soon as it is approved."""


CampaignTime = datetime | Weekly | AtApproval
"""When a campaign goes out: at a wall time, every week, or as soon as it is approved."""


@dataclass(frozen=True, slots=True)
class CampaignForm:
    """A campaign as somebody describes it; `when` is one wall time, every week, or as soon as it is approved; None
    where it stays as it is, as an empty `title` does.
    """

    letter: str
    audiences: tuple[str, ...]
    channel: str
    when: CampaignTime | None
    title: str = ""


def form_of_campaign(campaign: CampaignSettings) -> CampaignForm:
    """The same of a campaign that there is. `when` is None for a rule that only config.yaml can say, and `title` is
    empty for one in several languages.
    """
    title = campaign.title.texts[0] if campaign.title else TextInLanguage("", EVERY_LANGUAGE)
    when = AtApproval() if campaign.as_soon_as_approved else campaign.when or _weekly_time(campaign)
    one_title = "" if title.language else title.text
    return CampaignForm(campaign.letter, campaign.audiences, campaign.channel.value, when, one_title)


def config_values(wanted: CampaignForm) -> dict[str, str]:
    """The keys of a campaign in config.yaml, and what stands behind each."""
    audiences = wanted.audiences[0] if len(wanted.audiences) == 1 else f"[{', '.join(wanted.audiences)}]"
    title = {"title": quote_yaml(wanted.title)} if wanted.title else {}
    found = {**title, "letter": wanted.letter, "audience": audiences, "channel": wanted.channel}
    when = wanted.when
    if when is None:
        return found
    if isinstance(when, AtApproval):
        return {**found, "when": AS_SOON_AS_APPROVED, "approval": "{each: true}"}
    if isinstance(when, datetime):
        return {**found, "when": f"{when:%Y-%m-%d %H:%M}", "approval": "{each: true}"}
    until = when.until.isoformat()
    rule = f'{{cron: "{when.at.minute} {when.at.hour} * * {when.day}", until: {until}}}'
    approval = f"{{until: {until}, at_most: {when.at_most}}}" if when.at_most is not None else "{each: true}"
    return {**found, "every": rule, "approval": approval}


def _weekly_time(campaign: CampaignSettings) -> Weekly | None:
    every, approval = campaign.every, campaign.approval
    found = _WEEKLY_CRON.fullmatch(every.cron) if every else None
    if every is None or every.until is None or found is None:
        return None
    if approval.until is not None and approval.until != every.until:
        return None
    minute, hour, day = found.groups()
    return Weekly(day, time(int(hour), int(minute)), every.until, approval.at_most)
