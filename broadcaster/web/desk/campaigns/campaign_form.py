"""Making a campaign, and making it another one: letter, audience, channel, when. Each step's answers stand in the
address of the next one, and nothing is written before the last.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from broadcaster.config import CampaignSettings
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.text.cleaning import clean_text
from broadcaster.services.access.permissions import Permission
from broadcaster.services.campaigns.editing import change_campaign, create_campaign, remove_campaign
from broadcaster.services.campaigns.form import (
    CHANNELS,
    LONGEST_TITLE,
    WEEKDAYS,
    AtApproval,
    CampaignForm,
    CampaignTime,
    Weekly,
    form_of_campaign,
)
from broadcaster.services.rosters import audiences, count_cache
from broadcaster.services.rosters.count_cache import AudienceOverview
from broadcaster.services.rosters.counting import AudienceCount
from broadcaster.services.writing import letter_catalogue, letter_languages, letter_texts
from broadcaster.web.desk.requests.visit import Visit, parse_wall_time
from broadcaster.web.desk.routing.route_permissions import requires

STEPS = 4
AUDIENCE_STEP = 2


@dataclass(frozen=True, slots=True)
class CampaignChoices:
    """What was chosen so far; "" and () where nothing was."""

    letter: str = ""
    audiences: tuple[str, ...] = ()
    channel: str = ""

    @property
    def step(self) -> int:
        """The step that comes next, from 1."""
        answers = (self.letter, self.audiences, self.channel)
        return next((n for n, answer in enumerate(answers, 1) if not answer), STEPS)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The answers as fields of an address or a form."""
        found = [("letter", self.letter), *(("audience", one) for one in self.audiences), ("channel", self.channel)]
        return [(name, value) for name, value in found if value]


@get("/campaigns/new", opt=requires(Permission.PLAN), sync_to_thread=True)
def show_step(visit: NamedDependency[Visit]) -> Response[Any]:
    """The first step that has no answer yet, or an earlier one once more."""
    return _form_page(visit, None, _choices_of_address(visit, CampaignChoices()))


@post("/campaigns/new", opt=requires(Permission.PLAN), status_code=200, sync_to_thread=True)
def post_campaign(visit: NamedDependency[Visit]) -> Response[Any]:
    """Write it into config.yaml, and go to its review."""
    chosen, (when, wrong) = _choices_of_form(visit), _parse_time(visit)
    if chosen.step < STEPS or when is None:
        return _form_page(visit, None, chosen, wrong=wrong or "when", status=422)
    by = visit.actor(Permission.PLAN, *chosen.audiences)
    try:
        name = create_campaign(visit.project, _campaign_form(visit, chosen, when), by)
    except BroadcasterError as error:
        return _form_page(visit, None, chosen, error=error, status=422)
    return visit.redirect_to("campaigns", name, said="made")


@get("/campaigns/{name:str}/change", opt=requires(Permission.PLAN), sync_to_thread=True)
def show_change_form(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The last step with everything as it is, or one that something else is chosen in."""
    campaign = visit.campaign(name)
    present = CampaignChoices(campaign.letter, campaign.audiences, campaign.channel.value)
    return _form_page(visit, campaign, _choices_of_address(visit, present))


@post("/campaigns/{name:str}/change", opt=requires(Permission.PLAN), status_code=200, sync_to_thread=True)
def post_change(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Write down what is another now, and go to its review."""
    campaign = visit.campaign(name)
    chosen, (when, wrong) = _choices_of_form(visit), _parse_time(visit)
    if chosen.step < STEPS or wrong:
        return _form_page(visit, campaign, chosen, wrong=wrong, status=422)
    by = visit.actor(Permission.PLAN, *campaign.audiences, *chosen.audiences)
    try:
        change_campaign(visit.project, campaign, _campaign_form(visit, chosen, when), by)
    except BroadcasterError as error:
        return _form_page(visit, campaign, chosen, error=error, status=422)
    return visit.redirect_to("campaigns", name, said="changed")


@post("/campaigns/{name:str}/remove", opt=requires(Permission.PLAN), sync_to_thread=True)
def post_removal(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Take it out of config.yaml."""
    campaign = visit.campaign(name)
    remove_campaign(visit.project, campaign, visit.actor(Permission.PLAN, *campaign.audiences))
    return visit.redirect_to("campaigns", said="removed")


ROUTES = (show_step, post_campaign, show_change_form, post_change, post_removal)


def _choices_of_address(visit: Visit, present: CampaignChoices) -> CampaignChoices:
    """The answers in the address; where it has none, those of `present`."""
    given = visit.request.query_params
    if not {"letter", "audience", "channel"} & set(given):
        return _valid_choices(visit, present.letter, present.audiences, present.channel)
    return _valid_choices(visit, visit.asked("letter"), given.getall("audience", []), visit.asked("channel"))


def _choices_of_form(visit: Visit) -> CampaignChoices:
    """The answers in the form."""
    audiences = [one for one in visit.form.getall("audience", []) if isinstance(one, str)]
    return _valid_choices(visit, visit.field("letter"), audiences, visit.field("channel"))


def _valid_choices(visit: Visit, letter: str, audiences: Sequence[str], channel: str) -> CampaignChoices:
    """The answers that can be: anything else is asked once more."""
    theirs = _visible_audiences(visit)
    return CampaignChoices(
        letter if letter in letter_catalogue.list_letters(visit.view) else "",
        tuple(dict.fromkeys(one for one in audiences if one in theirs)),
        channel if channel in CHANNELS else "",
    )


def _campaign_form(visit: Visit, chosen: CampaignChoices, when: CampaignTime | None) -> CampaignForm:
    return CampaignForm(chosen.letter, chosen.audiences, chosen.channel, when, clean_text(visit.field("title")))


def _visible_audiences(visit: Visit) -> list[str]:
    return [one for one in audiences.list_audiences(visit.view) if visit.can_see(one)]


def _describe_audience(visit: Visit, name: str) -> tuple[AudienceOverview, AudienceCount | None]:
    """An audience as the second step shows it, with its count where that is at hand."""
    counts = count_cache.SHARED_COUNTS
    return count_cache.describe_audience(visit.view, name), counts.at_hand(visit.view, name)


def _parse_time(visit: Visit) -> tuple[CampaignTime | None, str]:
    """The time that was chosen, None where it stays as it is; and which of the fields is wrong."""
    return _TIME_PARSERS.get(visit.field("repeat"), _parse_once)(visit)


def _parse_once(visit: Visit) -> tuple[datetime | None, str]:
    when = parse_wall_time(visit.field("when"))
    return when, "" if when else "when"


def _parse_weekly(visit: Visit) -> tuple[Weekly | None, str]:
    try:
        at, until = time.fromisoformat(visit.field("at")), date.fromisoformat(visit.field("until"))
    except ValueError:
        return None, "weekly"
    if visit.field("approval") != "standing":
        return Weekly(visit.field("day"), at, until), ""
    at_most = visit.field("at_most")
    if not at_most.isdecimal():
        return None, "at_most"
    return Weekly(visit.field("day"), at, until, int(at_most[:9])), ""


_TIME_PARSERS: dict[str, Callable[[Visit], tuple[CampaignTime | None, str]]] = {
    "now": lambda _: (AtApproval(), ""),
    "keep": lambda _: (None, ""),
    "weekly": _parse_weekly,
}


def _form_page(  # noqa: PLR0913 (what the last step says of an answer that cannot be)
    visit: Visit,
    campaign: CampaignSettings | None,
    chosen: CampaignChoices,
    *,
    status: int = 200,
    wrong: str = "",
    error: BroadcasterError | None = None,
) -> Response[Any]:
    """The step that is asked for, or else the first without an answer."""
    steps = ("campaigns", campaign.name, "change") if campaign else ("campaigns", "new")
    here = visit.url(*steps)
    asked = visit.asked("step")
    step = min(int(asked), chosen.step) if asked in {"1", "2", "3"} else chosen.step
    return visit.page(
        "campaign-new",
        status,
        campaign=campaign,
        here=here,
        chosen=chosen,
        step=step,
        steps=[f"{here}?{urlencode([*chosen.fields, ('step', n)])}" for n in range(1, STEPS)],
        letters=letter_texts.list_titles(visit.view),
        audiences=[_describe_audience(visit, name) for name in _visible_audiences(visit)]
        if step == AUDIENCE_STEP
        else [],
        longest=LONGEST_TITLE,
        kinds=letter_texts.list_kinds(visit.view) if step == 1 else {},
        spoken=lambda letter: letter_languages.list_languages(visit.view, letter),
        channels=CHANNELS,
        weekdays=WEEKDAYS,
        typed=_FieldValues(visit, campaign),
        wrong=wrong,
        error=error,
    )


class _FieldValues:
    """What a field of the last step holds: what was typed, or else what the campaign says now."""

    def __init__(self, visit: Visit, campaign: CampaignSettings | None) -> None:
        self._visit = visit
        self._now = _present_fields(campaign) if campaign and not visit.form else {}

    def __call__(self, name: str, default: str = "") -> str:
        return self._now.get(name) or self._visit.field(name, default)


def _present_fields(campaign: CampaignSettings) -> dict[str, str]:
    """The title and the time of a campaign as the fields of the last step."""
    form = form_of_campaign(campaign)
    return {"title": form.title, **_time_as_fields(form.when)}


def _time_as_fields(when: CampaignTime | None) -> dict[str, str]:
    if when is None:
        return {"repeat": "keep"}
    if isinstance(when, datetime):
        return {"repeat": "once", "when": when.isoformat("T", "minutes")}
    if isinstance(when, AtApproval):
        return {"repeat": "now"}
    standing = {"approval": "standing", "at_most": str(when.at_most)} if when.at_most is not None else {}
    at = when.at.isoformat("minutes")
    return {"repeat": "weekly", "day": when.day, "at": at, "until": when.until.isoformat(), **standing}
