"""The two pairs of eyes: one person submits, another approves or rejects what was submitted.

What is signed is a digest of everything that decides what goes out (`planning/digest`). It is computed again at
release, so an edit after the approval voids the approval.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from broadcaster.config import CampaignSettings, IfLate
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.local_time import walltime
from broadcaster.domain.states import OPEN_APPROVALS, ApprovalState, BroadcastState, OccurrenceState
from broadcaster.ledger import WriteConnection
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.planning import approvals, occurrences
from broadcaster.ledger.planning.approvals import Approval, Decision, NewApproval
from broadcaster.services.access import staff_accounts
from broadcaster.services.access.permissions import DESK_HOST, Actor
from broadcaster.services.approving.errors import (
    AlreadyDecidedError,
    AlreadySentError,
    ApprovalTooLateError,
    ChangedSinceSubmissionError,
    CrisisNotAtOnceError,
    DigestMismatchError,
    LanguagesUnreadError,
    NobodyToWriteToError,
    NothingSubmittedError,
    OwnApprovalError,
    PeopleLeftOutError,
)
from broadcaster.services.approving.validity import decision_text, is_late
from broadcaster.services.composing.campaign_inputs import load_campaign_inputs
from broadcaster.services.planning.digest import describe_differences
from broadcaster.services.planning.plan import Plan, can_still_go_out, plan_campaign
from broadcaster.services.planning.schedule import record_occurrences
from broadcaster.services.planning.submission_terms import (
    DEFAULT_TERMS,
    INPUT_WORDS,
    SubmissionTerms,
    is_submitted_as_rule,
    terms_of_approval,
)
from broadcaster.services.planning.submitted_files import stamp_submitted_files
from broadcaster.services.project.project import Project, ProjectView, now

SHORTEST_DIGEST = 12
"""Characters of a digest that must be typed at least: 48 bits, enough to tell two plans apart."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What was submitted, and the plan that shows what it means."""

    plan: Plan
    approval_id: str


@dataclass(frozen=True, slots=True)
class ApprovalConditions:
    """What an approval is bound to. Nothing starts before the `countdown` is over, so that it can be called off.
    `languages_read` are those in which the approver has read the letter, None where nobody asked them.
    """

    countdown: timedelta = timedelta(0)
    languages_read: Collection[str] | None = None


UNCONDITIONAL = ApprovalConditions()


# Submitting


def submit(
    project: Project,
    campaign: CampaignSettings,
    by: Actor,
    terms: SubmissionTerms = DEFAULT_TERMS,
    *,
    leaving_out: int | None = None,
) -> Submission:
    """Ask a second person to approve the campaign's next occurrence, or one at this very minute (`terms.at_once`).

    The terms are part of what is signed. `leaving_out` is how many people who should get it (`Plan.missed`) whoever
    submits has agreed to leave out, None where nobody asks them.

    Raises PeopleLeftOutError for another number, CrisisNotAtOnceError for the reason of a crisis with a later time,
    AlreadySentError, ProblemsFoundError for errors in letter or roster (`terms.leave_out` passes over those of rows),
    NobodyToWriteToError, and AlreadyDecidedError where the same was submitted before.
    """
    if campaign.as_soon_as_approved:
        terms = replace(terms, at_once=True)
    if terms.crisis and not terms.at_once:
        raise CrisisNotAtOnceError("You gave a reason for a crisis, and a later time. Nothing was submitted.")
    if campaign.goes_out_once:
        _refuse_sent_campaign(project, campaign)
    # From now on its times are recorded: one that comes before any clock runs is found as missed.
    record_occurrences(project, campaign)
    inputs = load_campaign_inputs(project, campaign, project.wall_now().date())
    files = stamp_submitted_files(project, campaign, inputs, at_once=terms.at_once)
    wall = project.wall_now().replace(second=0, microsecond=0) if terms.at_once else None
    plan = plan_campaign(project, campaign, wall, terms)
    _refuse_mistakes(plan, leaving_out)
    new = _new_approval(plan, files, by)
    with project.ledger.writing() as conn:
        if new.wall is None:
            _replan_waiting_occurrences(conn, campaign.name)
        else:
            _reopen_occurrence(conn, campaign.name, new.wall, walltime.instant(new.wall, project.zone))
        _refuse_second_submission(approvals.latest_for_occurrence(conn, campaign.name, new.wall), plan)
        approval_id = approvals.submit(conn, new)
        audit.record(conn, by, "submit", campaign.name, approval=approval_id, digest=new.digest)
    return Submission(plan, approval_id)


def _refuse_mistakes(plan: Plan, leaving_out: int | None) -> None:
    """What keeps a plan from being submitted. People left out are a mistake too, unless somebody has agreed to it."""
    if plan.letter_errors:
        raise ProblemsFoundError(plan.problems)
    if leaving_out is not None and plan.missed_people != leaving_out and plan.recipients:
        raise PeopleLeftOutError(plan.missed_people)
    if plan.row_errors and not plan.terms.leave_out:
        raise ProblemsFoundError(plan.problems)
    if not plan.recipients:
        raise NobodyToWriteToError(f"{plan.campaign.name} would reach nobody.")


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


def _new_approval(plan: Plan, files: Mapping[str, object], by: Actor) -> NewApproval:
    """What is submitted: one occurrence, or the campaign's rule until a date."""
    as_rule = is_submitted_as_rule(plan.campaign, plan.terms)
    bounds = plan.campaign.approval
    return NewApproval(
        campaign=plan.campaign.name,
        wall=None if as_rule else plan.wall,
        digest=plan.digest,
        inputs=plan.inputs,
        recipients=plan.recipients,
        until=bounds.until if as_rule else None,
        at_most=bounds.at_most if as_rule else None,
        submitted_by=by.name,
        crisis_reason=plan.terms.crisis,
        files=files,
    )


def _reopen_occurrence(conn: WriteConnection, campaign: str, wall: datetime, due_at: datetime) -> None:
    """Plan the occurrence that is submitted, again where it waited or was skipped. Raises AlreadySentError."""
    if occurrences.plan(conn, campaign, wall, due_at):
        return
    occurrence = occurrences.get(conn, campaign, wall)
    if occurrence is None or occurrence.state is OccurrenceState.RELEASED:
        raise AlreadySentError(f"{campaign} of {walltime.key(wall)} was released already.")
    settled = {OccurrenceState.WAITING, OccurrenceState.SKIPPED}
    occurrences.set_state(conn, occurrence.id, settled, OccurrenceState.PLANNED)


def _replan_waiting_occurrences(conn: WriteConnection, campaign: str) -> None:
    for occurrence in occurrences.list_unsettled(conn, campaign):
        occurrences.set_state(conn, occurrence.id, {OccurrenceState.WAITING}, OccurrenceState.PLANNED)


def _refuse_second_submission(latest: Approval | None, plan: Plan) -> None:
    """Raise AlreadyDecidedError where the same waits or is approved: a double click submits once."""
    if latest is None or latest.digest != plan.digest or latest.state not in OPEN_APPROVALS:
        return
    approve_it = f"broadcaster approve {latest.campaign} --by PERSON --digest {latest.digest[:SHORTEST_DIGEST]}"
    raise AlreadyDecidedError(
        f"This was {latest.state} already, with the same digest.",
        remedy=approve_it
        if latest.state is ApprovalState.SUBMITTED
        else "It goes out at its time; see `broadcaster status`.",
    )


# Approving


def approve(
    project: Project,
    campaign: CampaignSettings,
    by: Actor,
    digest: str,
    conditions: ApprovalConditions = UNCONDITIONAL,
) -> Approval:
    """Sign what was submitted, when `digest` begins its digest and nothing has changed since.

    Raises NothingSubmittedError, OwnApprovalError, AccountUnconfirmedError, DigestMismatchError,
    ChangedSinceSubmissionError (and voids the submission), LanguagesUnreadError, and ApprovalTooLateError where there
    is a countdown.
    """
    submitted = _undecided_submission(project, campaign)
    if submitted.submitted_by == by.name:
        raise OwnApprovalError(f"{by.name} submitted this and cannot approve it as well.")
    staff_accounts.refuse_unconfirmed_account(project, campaign.name, submitted.submitted_by, by)
    if len(digest) < SHORTEST_DIGEST:
        raise DigestMismatchError(f"Give at least the first {SHORTEST_DIGEST} characters of the digest.")
    if not submitted.digest.startswith(digest):
        raise DigestMismatchError("The digest given is not the one that was submitted.")
    present = _present_plan(project, campaign, submitted)
    if changed := _changes_since(submitted, present):
        _void_submission(project, submitted, by)
        raise ChangedSinceSubmissionError(
            f"{campaign.name} has been changed since {submitted.submitted_by} submitted it: {', '.join(changed)}."
        )
    read = _languages_read(present, conditions.languages_read)
    countdown = conditions.countdown
    if countdown and _misses_its_time(project, campaign, submitted):
        raise ApprovalTooLateError(f"The time of {campaign.name} has passed, and it would not go out any more.")
    not_before = now() + countdown if countdown else None
    return _decide(project, by, submitted, Decision(ApprovalState.APPROVED, by.name, not_before=not_before), read)


def _present_plan(project: ProjectView, campaign: CampaignSettings, submitted: Approval) -> Plan | None:
    """The plan of a submission as it is now; None where it can no longer go out at its time."""
    if not can_still_go_out(project, campaign, submitted):
        return None
    return plan_campaign(project, campaign, submitted.wall, terms_of_approval(submitted), submitted)


def _languages_read(plan: Plan | None, read: Collection[str] | None) -> Mapping[str, object]:
    """The audit log's detail about the languages that were read. Raises LanguagesUnreadError."""
    if plan is None or read is None:
        return {}
    if unread := [language for language in plan.by_language if language not in read]:
        raise LanguagesUnreadError(unread)
    return {"languages_read": list(plan.by_language)}


def _changes_since(submitted: Approval, present: Plan | None) -> list[str]:
    """What of a submission is no longer as it was, in words."""
    if present is None:
        return [INPUT_WORDS["wall"]]
    return describe_differences(submitted.inputs, present.inputs) if present.digest != submitted.digest else []


def _void_submission(project: Project, submitted: Approval, by: Actor) -> None:
    with project.ledger.writing() as conn:
        approvals.void(conn, submitted.id, ChangedSinceSubmissionError.code)
        audit.record(conn, by, "void", submitted.campaign, approval=submitted.id, digest=submitted.digest)


def _misses_its_time(view: ProjectView, campaign: CampaignSettings, submitted: Approval) -> bool:
    """Whether the clock would not release it once it is approved: it is late, and `if_late` does not say send."""
    if submitted.wall is None or terms_of_approval(submitted).at_once or campaign.if_late is IfLate.SEND:
        return False
    return is_late(campaign, walltime.instant(submitted.wall, view.zone), submitted, now())


# Rejecting, and what both decisions share


def reject(project: Project, campaign: CampaignSettings, by: Actor, why: str) -> Approval:
    """Turn down what was submitted. Raises NothingSubmittedError."""
    submitted = _undecided_submission(project, campaign)
    return _decide(project, by, submitted, Decision(ApprovalState.REJECTED, by.name, why))


def _undecided_submission(project: ProjectView, campaign: CampaignSettings) -> Approval:
    with project.ledger.reading() as conn:
        submitted = approvals.get_undecided(conn, campaign.name)
    if submitted is None:
        raise NothingSubmittedError(
            f"Nothing of {campaign.name} waits for a decision.",
            remedy=f"An author submits it first: broadcaster submit {campaign.name} --by PERSON",
        )
    return submitted


def _decide(
    project: Project, by: Actor, submitted: Approval, decision: Decision, said: Mapping[str, object] | None = None
) -> Approval:
    """Write the decision down, signed: no row of the ledger can be edited into an approval without the key. The audit
    log also keeps what was `said` with it.
    """
    signature = project.keyring.sign(decision_text(submitted, by.name, decision.state))
    signed = replace(decision, signature=signature, system_user=by.system_user, host=by.host)
    detail: dict[str, object] = {"approval": submitted.id, "digest": submitted.digest, **(said or {})}
    with project.ledger.writing() as conn:
        decided = approvals.decide(conn, submitted.id, signed)
        if decided is None:
            raise AlreadyDecidedError("Somebody else has just decided on this.", remedy="See `broadcaster status`.")
        if decision.state is ApprovalState.REJECTED:
            audit.record(conn, by, "reject", submitted.campaign, **detail)
        else:
            if by.host == DESK_HOST:
                detail |= staff_accounts.read_account_history(conn, by.name).as_detail()
            audit.record(conn, by, "approve", submitted.campaign, **detail)
    return decided
