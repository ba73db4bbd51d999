"""Campaigns: what each will do, submitted by one person, approved by another, called off by anyone who works here."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.config import CampaignSettings
from broadcaster.domain.confirmation import CountMismatchError
from broadcaster.domain.errors import BroadcasterError
from broadcaster.services.access import staff_accounts
from broadcaster.services.access.permissions import Permission, list_deciders
from broadcaster.services.access.staff_accounts import AccountHistory
from broadcaster.services.approving import decisions
from broadcaster.services.approving.calling_off import call_off_approval
from broadcaster.services.approving.desk_approval import DeskApprovalInput, approve_at_desk
from broadcaster.services.approving.errors import CrisisNotAtOnceError, LanguagesUnreadError, PeopleLeftOutError
from broadcaster.services.approving.occurrence_fates import OccurrenceFate, list_campaign_fates
from broadcaster.services.approving.review import CampaignReview, campaign_state, review_campaign
from broadcaster.services.planning.submission_terms import SubmissionTerms
from broadcaster.services.previewing.letter_reading import LetterReading, LetterReadings
from broadcaster.services.project.project import now
from broadcaster.services.reporting.agenda import audiences_of_occurrence
from broadcaster.services.reporting.progress import count_deliveries
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.route_permissions import requires

_READINGS = LetterReadings()


@get("/campaigns", opt=requires(Permission.LOOK), sync_to_thread=True)
def show_campaigns(visit: NamedDependency[Visit]) -> Response[Any]:
    """Every campaign of theirs, and where it stands; those that are over stand apart, the newest first."""
    mine = [one for one in visit.view.settings.campaigns.values() if visit.can_see(*one.audiences)]
    rows = [(one, campaign_state(visit.view, one)) for one in mine]
    over = [row for row in rows if row[1].over]
    over.sort(key=lambda row: row[1].broadcast.released_at if row[1].broadcast else now(), reverse=True)
    return visit.page(
        "campaigns",
        open=[row for row in rows if not row[1].over],
        over=over,
        counted=partial(count_deliveries, visit.view),
    )


@get("/campaigns/{name:str}", opt=requires(Permission.LOOK), sync_to_thread=True)
def show_review(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What it will do, in one sentence and in numbers, and what can be done about it."""
    if name not in visit.view.settings.campaigns:
        return visit.page("campaign-gone", name=name, accounts=_waiting_occurrences(visit, name))
    return visit.page("campaign", **_campaign_page_values(visit, visit.campaign(name)))


@post("/campaigns/{name:str}/submit", opt=requires(Permission.SUBMIT), sync_to_thread=True)
def post_submission(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Ask a second person to approve it."""
    campaign = visit.campaign(name)
    by = visit.actor(Permission.SUBMIT, *campaign.audiences)
    terms = SubmissionTerms(
        leave_out=visit.field("leave_out") == "yes",
        at_once=visit.field("start") == "now",
        crisis=visit.field("crisis"),
    )
    try:
        decisions.submit(visit.project, campaign, by, terms, leaving_out=_number_field(visit, "leaving_out"))
    except (CrisisNotAtOnceError, PeopleLeftOutError) as error:
        return visit.page("campaign", 422, **_campaign_page_values(visit, campaign) | {"slip": error})
    return visit.redirect_to("campaigns", name, said="submitted")


@post("/campaigns/{name:str}/approve", opt=requires(Permission.APPROVE), status_code=200, sync_to_thread=True)
def post_approval(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Approve what the page showed, by the digest that was on it and the count that was typed."""
    campaign = visit.campaign(name)
    by = visit.actor(Permission.APPROVE, *campaign.audiences)
    try:
        approve_at_desk(
            visit.project,
            campaign,
            by,
            DeskApprovalInput(
                visit.field("digest"), visit.field("messages"), visit.field("count"), frozenset(visit.fields("read"))
            ),
        )
    except CountMismatchError:
        return visit.page("campaign", 422, **_campaign_page_values(visit, campaign) | {"miscounted": True})
    except LanguagesUnreadError as error:
        return visit.page("campaign", 422, **_campaign_page_values(visit, campaign) | {"unread": error.languages})
    return visit.redirect_to("campaigns", name, said="approved")


@post("/campaigns/{name:str}/reject", opt=requires(Permission.REJECT), sync_to_thread=True)
def post_rejection(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Turn it down, with a reason for its author."""
    campaign = visit.campaign(name)
    decisions.reject(visit.project, campaign, visit.actor(Permission.REJECT, *campaign.audiences), visit.field("why"))
    return visit.redirect_to("campaigns", name, said="rejected")


@post("/campaigns/{name:str}/call-off", opt=requires(Permission.CALL_OFF), sync_to_thread=True)
def post_call_off(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Stop it before it begins."""
    if name not in visit.view.settings.campaigns:
        audiences = [
            one for account in _waiting_occurrences(visit, name) for one in audiences_of_occurrence(visit.view, account)
        ]
        call_off_approval(visit.project, name, visit.actor(Permission.CALL_OFF, *audiences))
        return visit.redirect_to(said="called-off")
    campaign = visit.campaign(name)
    call_off_approval(visit.project, name, visit.actor(Permission.CALL_OFF, *campaign.audiences))
    return visit.redirect_to("campaigns", name, said="called-off")


ROUTES = (show_campaigns, show_review, post_submission, post_approval, post_rejection, post_call_off)


def _number_field(visit: Visit, name: str) -> int:
    """A whole number of the form; 0 for anything else."""
    typed = visit.field(name)
    return int(typed[:9]) if typed.isdecimal() else 0


def _waiting_occurrences(visit: Visit, name: str) -> Sequence[OccurrenceFate]:
    """What still waits of a campaign that no longer stands in config.yaml; as if there were none for whoever may not
    see it.
    """
    found = list_campaign_fates(visit.view, name).accounts
    if not found or not all(visit.can_see(*audiences_of_occurrence(visit.view, one)) for one in found):
        raise NotFoundException
    return found


def _campaign_page_values(visit: Visit, campaign: CampaignSettings) -> dict[str, Any]:
    """What the page of a campaign is made of."""
    settings, review = visit.view.settings, review_campaign(visit.view, campaign)
    author = review.at.approval.submitted_by if review.at.approval else visit.who
    doubted = _unconfirmed_account(visit, review)
    may_decide = review.waits and not review.changed and visit.has_permission("approve")
    return {
        "campaign": campaign,
        "review": review,
        "counted": partial(count_deliveries, visit.view),
        "doubted": doubted,
        "readings": _readings(visit, review),
        "may_approve": may_decide and not review.is_by(visit.who) and doubted is None,
        "ticked": visit.fields("read"),
        "unread": (),
        "staff_account": _staff_account(visit, review),
        "approvers": list_deciders(settings, campaign.audiences, author),
        "people": settings.people,
        "miscounted": False,
        "slip": None,
        "typed": visit.field,
    }


def _readings(visit: Visit, review: CampaignReview) -> Mapping[str, LetterReading]:
    """The letter in each language in which somebody gets it; none where it cannot be read, which the plan tells of."""
    if review.plan is None or review.at.over:
        return {}
    try:
        return _READINGS.read(visit.view, review.campaign, review.plan.by_language)
    except BroadcasterError:
        return {}


def _staff_account(visit: Visit, review: CampaignReview) -> AccountHistory | None:
    """The account by which it was approved, or by which this visitor may approve it."""
    approval = review.at.approval
    if approval is not None and review.at.approved:
        return staff_accounts.account_history(visit.view, approval.decided_by or "")
    return (
        staff_accounts.account_history(visit.view, visit.who)
        if review.waits and visit.has_permission("approve")
        else None
    )


def _unconfirmed_account(visit: Visit, review: CampaignReview) -> AccountHistory | None:
    """The account that keeps this visitor from approving what waits, as long as nobody has confirmed it."""
    if not review.waits or not visit.has_permission("approve") or review.is_by(visit.who) or review.at.approval is None:
        return None
    return staff_accounts.find_unconfirmed_account(visit.view, visit.who, review.at.approval.submitted_by)
