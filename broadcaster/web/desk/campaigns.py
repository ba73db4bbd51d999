"""Campaigns: what each will do, submitted by one person, approved by another, called off by anyone who works here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from broadcaster.config import Campaign
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import ApprovalState
from broadcaster.services import approve
from broadcaster.services.call_off import ALIVE, call_off
from broadcaster.services.digest import Terms, differences, terms
from broadcaster.services.people import Deed, able
from broadcaster.services.plan import Plan, plan, plan_ahead
from broadcaster.services.project import now
from broadcaster.services.review import Standing, standing
from broadcaster.web.desk.needs import needs
from broadcaster.web.desk.visit import Visit

COUNTDOWN = timedelta(seconds=60)
"""How long an approval can be called off before anything starts, however soon it is due."""


class CrisisLaterError(BroadcasterError):
    """A reason why it cannot wait, and a time that lets it wait."""

    code = "crisis-later"
    default_remedy = "Go back, and choose “as soon as it is approved”; or take the reason out, to send it at its time."


@get("/campaigns", opt=needs(Deed.LOOK), sync_to_thread=True)
def campaigns(visit: NamedDependency[Visit]) -> Response[Any]:
    """Every campaign of theirs, and where it stands."""
    mine = [one for one in visit.project.settings.campaigns.values() if visit.sees(*one.audiences)]
    return visit.page("campaigns", rows=[(one, standing(visit.project, one)) for one in mine])


@get("/campaigns/{name:str}", opt=needs(Deed.LOOK), sync_to_thread=True)
def review(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What it will do, in one sentence and in numbers, and what can be done about it."""
    campaign = visit.campaign(name)
    return visit.page("campaign", **_shown(visit, campaign, standing(visit.project, campaign)))


@post("/campaigns/{name:str}/submit", opt=needs(Deed.SUBMIT), sync_to_thread=True)
def submit(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Ask a second person to approve it."""
    campaign = visit.campaign(name)
    by = visit.actor(Deed.SUBMIT, *campaign.audiences)
    meant = Terms(leave_out=visit.field("leave_out") == "yes", at_once=visit.field("start") == "now")
    crisis = visit.field("crisis")
    if crisis and not meant.at_once:
        raise CrisisLaterError("You gave a reason for a crisis, and a later time. Nothing was submitted.")
    approve.submit(visit.project, campaign, by, meant, crisis)
    return visit.go("campaigns", name, said="submitted")


@post("/campaigns/{name:str}/approve", opt=needs(Deed.APPROVE), status_code=200, sync_to_thread=True)
def approved(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Approve what the page showed, by the digest that was on it and the count that was typed."""
    campaign = visit.campaign(name)
    by = visit.actor(Deed.APPROVE, *campaign.audiences)
    if visit.field("count").replace(",", "").replace(" ", "") != visit.field("messages"):
        shown = _shown(visit, campaign, standing(visit.project, campaign))
        return visit.page("campaign", 422, **{**shown, "miscounted": True})
    approve.approve(visit.project, campaign, by, visit.field("digest"), COUNTDOWN)
    return visit.go("campaigns", name, said="approved")


@post("/campaigns/{name:str}/reject", opt=needs(Deed.REJECT), sync_to_thread=True)
def rejected(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Turn it down, with a reason for its author."""
    campaign = visit.campaign(name)
    approve.reject(visit.project, campaign, visit.actor(Deed.REJECT, *campaign.audiences), visit.field("why"))
    return visit.go("campaigns", name, said="rejected")


@post("/campaigns/{name:str}/call-off", opt=needs(Deed.CALL_OFF), sync_to_thread=True)
def called_off(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Stop it before it begins."""
    campaign = visit.campaign(name)
    call_off(visit.project, campaign, visit.actor(Deed.CALL_OFF, *campaign.audiences))
    return visit.go("campaigns", name, said="called-off")


ROUTES = (campaigns, review, submit, approved, rejected, called_off)


@dataclass(frozen=True, slots=True)
class _When:
    """When it goes out: the wall time, whether it is as soon as it is approved, and the seconds of a countdown."""

    wall: datetime | None
    at_once: bool
    seconds: int


def _shown(visit: Visit, campaign: Campaign, now_at: Standing) -> dict[str, Any]:
    """What the page of a campaign is made of."""
    made, stopped = _planned(visit, campaign, now_at)
    approval = now_at.approval
    waits = approval is not None and approval.state is ApprovalState.SUBMITTED
    return {
        "campaign": campaign,
        "miscounted": False,
        "at": now_at,
        "plan": made,
        "stopped": stopped,
        "when": _when(made, now_at),
        "waits": waits,
        "alive": approval is not None and approval.state in ALIVE and not now_at.over,
        "own": waits and approval is not None and approval.submitted_by == visit.who,
        "changed": _changed(made, now_at),
        "approvers": [who for who in able(visit.project.settings, Deed.APPROVE) if who != visit.who],
        "people": visit.project.settings.people,
        "letter_broken": made is not None and made.letter_errors > 0,
    }


def _planned(visit: Visit, campaign: Campaign, now_at: Standing) -> tuple[Plan | None, BroadcasterError | None]:
    """The plan, or why there can be none just now."""
    try:
        if now_at.approval is None and now_at.occurrence is None and not now_at.over:
            return plan(visit.project, campaign, visit.project.wall_now().replace(second=0, microsecond=0)), None
        approval = now_at.approval
        if approval is not None and approval.state is ApprovalState.APPROVED and not now_at.over:
            # On the terms that were approved, or it would look as if it had been changed.
            return plan(visit.project, campaign, approval.wall, terms(approval), approval.submitted_at), None
        return plan_ahead(visit.project, campaign), None
    except BroadcasterError as error:
        return None, error


def _when(made: Plan | None, now_at: Standing) -> _When:
    approval = now_at.approval
    at_once = approval is not None and terms(approval).at_once
    left = 0.0
    if approval is not None and approval.state is ApprovalState.APPROVED and not now_at.over:
        start = max(one for one in (approval.not_before, now_at.due) if one is not None) if now_at.due else None
        left = (start - now()).total_seconds() if start else 0.0
    return _When(made.wall if made else None, at_once, int(left) + 1 if 0 < left <= COUNTDOWN.total_seconds() else 0)


def _changed(made: Plan | None, now_at: Standing) -> list[str]:
    """What is no longer as it was when it was submitted last."""
    approval = now_at.approval
    if made is None or approval is None or approval.digest == made.digest or now_at.over:
        return []
    return differences(approval.inputs, made.inputs)
