"""The two pairs of eyes: one person submits, another approves or rejects what was submitted.

What is signed is a digest of everything that decides what goes out (see `digest`), so an edit after the approval voids
it by itself: the digest is computed again at release.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from broadcaster.config import CampaignSettings, IfLate
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.local_time import walltime
from broadcaster.domain.states import OPEN_APPROVALS, ApprovalState, BroadcastState, OccurrenceState
from broadcaster.ledger import WriteConnection
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.planning import approvals, occurrences
from broadcaster.ledger.planning.approvals import Approval, Decision
from broadcaster.services.access import staff_accounts
from broadcaster.services.access.permissions import DESK_HOST, Actor
from broadcaster.services.approving.signatures import decision_text
from broadcaster.services.composing.campaign_inputs import load_campaign_inputs
from broadcaster.services.planning import digest
from broadcaster.services.planning.plan import Plan, can_still_go_out, plan_campaign
from broadcaster.services.planning.schedule import record_occurrences
from broadcaster.services.planning.submitted_files import stamp_submitted_files
from broadcaster.services.planning.terms import (
    DEFAULT_TERMS,
    INPUT_WORDS,
    SubmissionTerms,
    is_approved_by_rule,
    terms_of_approval,
)
from broadcaster.services.project.project import Project, ProjectView, now


class OwnApprovalError(BroadcasterError):
    """The author of a submission cannot approve it."""

    code = "own-approval"
    default_remedy = "Ask somebody else with the role approver or admin."


class ApprovalTooLateError(BroadcasterError):
    """The time of what was submitted has passed by more than its grace."""

    code = "too-late"
    default_remedy = "Ask its author to submit it again, to go out as soon as it is approved."


class NothingSubmittedError(BroadcasterError):
    """Nothing of this campaign waits for a decision."""

    code = "nothing-submitted"


class DigestMismatchError(BroadcasterError):
    """The digest given is not the one that was submitted."""

    code = "digest-mismatch"
    default_remedy = "Look at the plan again: `broadcaster plan CAMPAIGN` shows the present digest."


class ChangedSinceSubmissionError(BroadcasterError):
    """What would go out is no longer what was submitted."""

    code = "changed-since-submission"
    default_remedy = "Have it submitted again, and look at the new plan before you approve it."


class AlreadyDecidedError(BroadcasterError):
    """This occurrence was submitted or approved before."""

    code = "already-submitted"


class AlreadySentError(BroadcasterError):
    """A campaign with one time goes out once."""

    code = "already-sent"
    default_remedy = "For a follow-up, add a campaign of its own to config.yaml; `broadcaster status` shows this one."


class NobodyToWriteToError(BroadcasterError):
    """A campaign that reaches nobody is a mistake."""

    code = "nobody-to-write-to"
    default_remedy = "See why in `broadcaster plan`, under `excluded`."


class CrisisNotAtOnceError(BroadcasterError):
    """A reason why it cannot wait, and a time that lets it wait."""

    code = "crisis-later"
    default_remedy = "Choose “as soon as it is approved”; or take the reason out, to send it at its time."


SHORTEST_DIGEST = 12
"""Characters of a digest that must be typed at least: 48 bits, enough to tell two plans apart."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What was submitted, and the plan that shows what it means."""

    plan: Plan
    approval_id: str


def submit(
    project: Project, campaign: CampaignSettings, by: Actor, terms: SubmissionTerms = DEFAULT_TERMS, crisis: str = ""
) -> Submission:
    """Ask a second person to approve the campaign's next occurrence, or one at this very minute (`terms.at_once`).

    Errors in letter or roster refuse it with ProblemsFoundError; `terms.leave_out` lets it go on without the rows that
    cannot be used, which is then part of what is signed. With `crisis`, a reason, it breaks quiet hours once it is
    approved: the second person sees the reason, and signs it. Raises CrisisLaterError for one that is not `at_once`.
    """
    if campaign.as_soon_as_approved:
        terms = replace(terms, at_once=True)
    if crisis and not terms.at_once:
        raise CrisisNotAtOnceError("You gave a reason for a crisis, and a later time. Nothing was submitted.")
    if campaign.goes_out_once:
        _refuse_sent_campaign(project, campaign)
    # From now on its times are known: one that comes before any clock runs is found as missed, not passed over.
    record_occurrences(project, campaign)
    made = load_campaign_inputs(project, campaign, project.wall_now().date())
    files = stamp_submitted_files(project, campaign, made, at_once=terms.at_once)
    wall = project.wall_now().replace(second=0, microsecond=0) if terms.at_once else None
    planned = plan_campaign(project, campaign, wall, replace(terms, crisis=crisis))
    if planned.letter_errors or (planned.row_errors and not terms.leave_out):
        raise ProblemsFoundError(planned.problems)
    if not planned.recipients:
        raise NobodyToWriteToError(f"{campaign.name} would reach nobody.")
    rule = is_approved_by_rule(campaign) and not terms.at_once
    with project.ledger.writing() as conn:
        if rule:
            _replan_waiting_occurrences(conn, campaign.name)
        else:
            _reopen_occurrence(conn, campaign.name, planned.wall, walltime.instant(planned.wall, project.zone))
        _refuse_second_submission(
            approvals.latest_for_occurrence(conn, campaign.name, None if rule else planned.wall), planned
        )
        approval_id = approvals.submit(
            conn,
            approvals.NewApproval(
                campaign=campaign.name,
                wall=None if rule else planned.wall,
                digest=planned.digest,
                inputs=planned.inputs,
                recipients=planned.recipients,
                until=campaign.approval.until if rule else None,
                at_most=campaign.approval.at_most if rule else None,
                submitted_by=by.name,
                crisis_reason=crisis,
                files=files,
            ),
        )
        submitted = approvals.get(conn, approval_id)
        if submitted is not None:
            _log_decision(conn, by, "submit", submitted)
    return Submission(planned, approval_id)


def approve(
    project: Project, campaign: CampaignSettings, by: Actor, given: str, countdown: timedelta = timedelta(0)
) -> Approval:
    """Sign what was submitted, when `given` is its digest and nothing has changed since; nothing starts before the
    `countdown` is over, so that it can be called off.

    Raises OwnApprovalError, AccountUnconfirmedError, DigestMismatchError, ChangedSinceSubmissionError (and voids the
    submission), TooLateError for a start with a countdown.
    """
    waiting = _pending_submission(project, campaign)
    if waiting.submitted_by == by.name:
        raise OwnApprovalError(f"{by.name} submitted this and cannot approve it as well.")
    staff_accounts.refuse_unconfirmed_account(project, campaign.name, waiting.submitted_by, by)
    if len(given) < SHORTEST_DIGEST:
        raise DigestMismatchError(f"Give at least the first {SHORTEST_DIGEST} characters of the digest.")
    if not waiting.digest.startswith(given):
        raise DigestMismatchError("The digest given is not the one that was submitted.")
    if changed := _changed_since_submission(project, campaign, waiting):
        with project.ledger.writing() as conn:
            approvals.void(conn, waiting.id, ChangedSinceSubmissionError.code)
            _log_decision(conn, by, "void", waiting)
        raise ChangedSinceSubmissionError(
            f"{campaign.name} has been changed since {waiting.submitted_by} submitted it: {', '.join(changed)}."
        )
    if countdown and _is_late(project, campaign, waiting):
        raise ApprovalTooLateError(f"The time of {campaign.name} has passed, and it would not go out any more.")
    return _decide(
        project, by, waiting, Decision(ApprovalState.APPROVED, by.name, not_before=_countdown_end(countdown))
    )


def _is_late(view: ProjectView, campaign: CampaignSettings, waiting: Approval) -> bool:
    """Whether the clock would not let it go: its time is longer ago than its grace, and `if_late` does not say send."""
    if waiting.wall is None or terms_of_approval(waiting).at_once or campaign.if_late is IfLate.SEND:
        return False
    return now() > walltime.instant(waiting.wall, view.zone) + campaign.grace


def _countdown_end(countdown: timedelta) -> datetime | None:
    return now() + countdown if countdown else None


def _changed_since_submission(project: ProjectView, campaign: CampaignSettings, waiting: Approval) -> list[str]:
    """What of a submission is no longer as it was, in words."""
    if not can_still_go_out(project, campaign, waiting):
        return [INPUT_WORDS["wall"]]
    present = plan_campaign(project, campaign, waiting.wall, terms_of_approval(waiting), waiting)
    if present.digest == waiting.digest:
        return []
    return digest.describe_differences(waiting.inputs, present.inputs)


def reject(project: Project, campaign: CampaignSettings, by: Actor, why: str) -> Approval:
    """Turn down what was submitted."""
    return _decide(project, by, _pending_submission(project, campaign), Decision(ApprovalState.REJECTED, by.name, why))


def _decide(project: Project, by: Actor, waiting: Approval, decision: Decision) -> Approval:
    """Write the decision down, signed: no row of the ledger can be edited into an approval without the key."""
    state = decision.state
    signature = project.keyring.sign(decision_text(waiting, by.name, state))
    signed = replace(decision, signature=signature, system_user=by.system_user, host=by.host)
    with project.ledger.writing() as conn:
        decided = approvals.decide(conn, waiting.id, signed)
        if decided is None:
            raise AlreadyDecidedError("Somebody else has just decided on this.", remedy="See `broadcaster status`.")
        _log_decision(conn, by, _ACTION_BY_STATE[state], waiting)
    return decided


_ACTION_BY_STATE = {ApprovalState.APPROVED: "approve", ApprovalState.REJECTED: "reject"}
"""What leads to a state: the deed, as the audit log calls it."""


def _pending_submission(project: ProjectView, campaign: CampaignSettings) -> Approval:
    with project.ledger.reading() as conn:
        waiting = approvals.get_undecided(conn, campaign.name)
    if waiting is None:
        raise NothingSubmittedError(
            f"Nothing of {campaign.name} waits for a decision.",
            remedy=f"An author submits it first: broadcaster submit {campaign.name} --by PERSON",
        )
    return waiting


def _reopen_occurrence(conn: WriteConnection, campaign: str, wall: datetime, due: datetime) -> None:
    """See that there is an occurrence to approve; one that waited because something had changed has a new start."""
    if occurrences.plan(conn, campaign, wall, due):
        return
    found = occurrences.get(conn, campaign, wall)
    if found is None or found.state is OccurrenceState.RELEASED:
        raise AlreadySentError(f"{campaign} of {walltime.key(wall)} was released already.")
    occurrences.set_state(conn, found.id, {OccurrenceState.WAITING, OccurrenceState.SKIPPED}, OccurrenceState.PLANNED)


def _replan_waiting_occurrences(conn: WriteConnection, campaign: str) -> None:
    for found in occurrences.list_unsettled(conn, campaign):
        occurrences.set_state(conn, found.id, {OccurrenceState.WAITING}, OccurrenceState.PLANNED)


def _refuse_sent_campaign(project: ProjectView, campaign: CampaignSettings) -> None:
    """A campaign with one time is sent once; what follows is another campaign, with its own letter and approval."""
    with project.ledger.reading() as conn:
        sent = broadcasts.list_of_campaign(conn, campaign.name)
    if not sent:
        return
    if sent[0].state is BroadcastState.RELEASING:
        raise AlreadySentError(
            f"{campaign.name} is being prepared to go out.",
            remedy="`broadcaster status` shows it. If that broke off, `broadcaster serve` or `send` makes it again.",
        )
    raise AlreadySentError(f"{campaign.name} was released on {sent[0].released_at:%Y-%m-%d %H:%M} UTC.")


def _refuse_second_submission(latest: Approval | None, planned: Plan) -> None:
    """A double click submits once; what is signed need not be submitted again."""
    if latest is None or latest.digest != planned.digest:
        return
    if latest.state in OPEN_APPROVALS:
        raise AlreadyDecidedError(
            f"This was {latest.state} already, with the same digest.",
            remedy=f"broadcaster approve {latest.campaign} --by PERSON --digest {latest.digest[:SHORTEST_DIGEST]}"
            if latest.state is ApprovalState.SUBMITTED
            else "It goes out at its time; see `broadcaster status`.",
        )


def _log_decision(conn: WriteConnection, by: Actor, action: str, decided: Approval) -> None:
    detail: dict[str, object] = {"approval": decided.id, "digest": decided.digest}
    if action == _ACTION_BY_STATE[ApprovalState.APPROVED] and by.host == DESK_HOST:
        detail |= staff_accounts.read_account_history(conn, by.name).as_detail()
    audit.record(conn, by, action, decided.campaign, **detail)
