"""Campaigns: what each will do, submitted by one person, approved by another, called off by anyone who works here."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.config import Campaign
from broadcaster.domain.confirmation import CountMismatchError
from broadcaster.services.access import staff_accounts
from broadcaster.services.access.permissions import Deed, deciders
from broadcaster.services.access.staff_accounts import StaffAccount
from broadcaster.services.approving import decisions
from broadcaster.services.approving import review as reviewing
from broadcaster.services.approving.desk_approval import Seen, consent
from broadcaster.services.approving.occurrence_fates import Account, accounts_of
from broadcaster.services.approving.review import Review
from broadcaster.services.approving.withdrawal import call_off
from broadcaster.services.planning.terms import Terms
from broadcaster.services.reporting.agenda import audiences_of
from broadcaster.services.reporting.progress import counted
from broadcaster.web.desk.permissions import needs
from broadcaster.web.desk.request import Visit


@get("/campaigns", opt=needs(Deed.LOOK), sync_to_thread=True)
def campaigns(visit: NamedDependency[Visit]) -> Response[Any]:
    """Every campaign of theirs, and where it stands."""
    mine = [one for one in visit.view.settings.campaigns.values() if visit.sees(*one.audiences)]
    rows = [(one, reviewing.standing(visit.view, one)) for one in mine]
    rows.sort(key=lambda row: row[1].over)  # what is still to come stands first
    return visit.page("campaigns", rows=rows, counted=partial(counted, visit.view))


@get("/campaigns/{name:str}", opt=needs(Deed.LOOK), sync_to_thread=True)
def review(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What it will do, in one sentence and in numbers, and what can be done about it."""
    if name not in visit.view.settings.campaigns:
        return visit.page("campaign-gone", name=name, accounts=_left_of(visit, name))
    return visit.page("campaign", **_shown(visit, visit.campaign(name)))


@post("/campaigns/{name:str}/submit", opt=needs(Deed.SUBMIT), sync_to_thread=True)
def submit(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Ask a second person to approve it."""
    campaign = visit.campaign(name)
    by = visit.actor(Deed.SUBMIT, *campaign.audiences)
    meant = Terms(leave_out=visit.field("leave_out") == "yes", at_once=visit.field("start") == "now")
    try:
        decisions.submit(visit.project, campaign, by, meant, visit.field("crisis"))
    except decisions.CrisisLaterError as error:
        return visit.page("campaign", 422, **_shown(visit, campaign) | {"slip": error})
    return visit.go("campaigns", name, said="submitted")


@post("/campaigns/{name:str}/approve", opt=needs(Deed.APPROVE), status_code=200, sync_to_thread=True)
def approved(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Approve what the page showed, by the digest that was on it and the count that was typed."""
    campaign = visit.campaign(name)
    by = visit.actor(Deed.APPROVE, *campaign.audiences)
    try:
        consent(visit.project, campaign, by, Seen(visit.field("digest"), visit.field("messages"), visit.field("count")))
    except CountMismatchError:
        return visit.page("campaign", 422, **_shown(visit, campaign) | {"miscounted": True})
    return visit.go("campaigns", name, said="approved")


@post("/campaigns/{name:str}/reject", opt=needs(Deed.REJECT), sync_to_thread=True)
def rejected(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Turn it down, with a reason for its author."""
    campaign = visit.campaign(name)
    decisions.reject(visit.project, campaign, visit.actor(Deed.REJECT, *campaign.audiences), visit.field("why"))
    return visit.go("campaigns", name, said="rejected")


@post("/campaigns/{name:str}/call-off", opt=needs(Deed.CALL_OFF), sync_to_thread=True)
def called_off(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Stop it before it begins."""
    if name not in visit.view.settings.campaigns:
        audiences = [one for account in _left_of(visit, name) for one in audiences_of(visit.view, account)]
        call_off(visit.project, name, visit.actor(Deed.CALL_OFF, *audiences))
        return visit.go(said="called-off")
    campaign = visit.campaign(name)
    call_off(visit.project, name, visit.actor(Deed.CALL_OFF, *campaign.audiences))
    return visit.go("campaigns", name, said="called-off")


ROUTES = (campaigns, review, submit, approved, rejected, called_off)


def _left_of(visit: Visit, name: str) -> Sequence[Account]:
    """What still waits of a campaign that no longer stands in config.yaml; as if there were none for whoever may not
    see it.
    """
    found = accounts_of(visit.view, name).accounts
    if not found or not all(visit.sees(*audiences_of(visit.view, one)) for one in found):
        raise NotFoundException
    return found


def _shown(visit: Visit, campaign: Campaign) -> dict[str, Any]:
    """What the page of a campaign is made of."""
    settings, review = visit.view.settings, reviewing.review(visit.view, campaign)
    author = review.at.approval.submitted_by if review.at.approval else visit.who
    return {
        "campaign": campaign,
        "review": review,
        "counted": partial(counted, visit.view),
        "doubted": _doubted(visit, review),
        "staff_account": _staff_account(visit, review),
        "approvers": deciders(settings, campaign.audiences, author),
        "people": settings.people,
        "miscounted": False,
        "slip": None,
        "typed": visit.field,
    }


def _staff_account(visit: Visit, review: Review) -> StaffAccount | None:
    """The account by which it was approved, or by which this visitor may approve it."""
    approval = review.at.approval
    if approval is not None and review.at.approved:
        return staff_accounts.account(visit.view, approval.decided_by or "")
    return staff_accounts.account(visit.view, visit.who) if review.waits and visit.may("approve") else None


def _doubted(visit: Visit, review: Review) -> StaffAccount | None:
    """The account that keeps this visitor from approving what waits, as long as nobody has confirmed it."""
    if not review.waits or not visit.may("approve") or review.is_by(visit.who) or review.at.approval is None:
        return None
    return staff_accounts.unconfirmed(visit.view, visit.who, review.at.approval.submitted_by)
