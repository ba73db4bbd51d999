"""The dry run: who would get what, who not and why, what it costs, and the digest that is to be signed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from broadcaster.config import CampaignSettings
from broadcaster.domain.local_time import walltime
from broadcaster.domain.money import Money
from broadcaster.domain.problems import Problem
from broadcaster.domain.states import OPEN_APPROVALS
from broadcaster.ledger.planning import approvals
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.services.composing.letter_inspection import MISSING_LANGUAGE, LetterInspection
from broadcaster.services.composing.messages import CampaignMessages
from broadcaster.services.planning.digest import compute_digest, digest_inputs
from broadcaster.services.planning.schedule import next_occurrence, upcoming
from broadcaster.services.planning.sent_today import check_sent_today
from broadcaster.services.planning.submission_terms import (
    DEFAULT_TERMS,
    DigestInputs,
    SubmissionTerms,
    is_approved_by_rule,
    terms_of_approval,
)
from broadcaster.services.project.project import ProjectView


@dataclass(frozen=True, slots=True)
class Plan:
    """What a campaign would do at one wall time; counts are of messages, those of `missed` of people (WalkResult).

    `sms_segments_at_most` is how many segments networks may make of the texts that do not cut before a combining sign.
    `texts_without_no` are the languages whose texts do not themselves say how to say no to more of them.
    `unwritten_languages` are those that readers asked for and that the letter lacks, with the number of messages that
    go out in `fallback` instead; `problems` has a warning for each.
    `columns` are headings of rosters that their audiences' descriptions read as other columns. `letter_errors` (or a
    roster that cannot be read) stand in the way of everybody, `row_errors` only of their rows.
    """

    campaign: CampaignSettings
    wall: datetime
    terms: SubmissionTerms
    inputs: DigestInputs
    by_channel: Mapping[str, int]
    by_language: Mapping[str, int]
    excluded: Mapping[str, int]
    missed: Mapping[str, int]
    sms_segments: int
    sms_segments_at_most: int
    texts_without_no: tuple[str, ...]
    unwritten_languages: Mapping[str, int]
    fallback: str
    sms_price: Money | None
    letter_errors: int
    row_errors: int
    problems: tuple[Problem, ...]
    columns: Mapping[str, str]

    @property
    def digest(self) -> str:
        """What is signed."""
        return compute_digest(self.inputs)

    @property
    def sms_cost(self) -> Money | None:
        """What all text messages together will cost; None where config.yaml names no price."""
        return self.sms_price.times(self.sms_segments) if self.sms_price else None

    @property
    def other_problems(self) -> tuple[Problem, ...]:
        """The problems without those of `unwritten_languages`, which a page tells together."""
        return tuple(problem for problem in self.problems if problem.code != MISSING_LANGUAGE)

    @property
    def recipients(self) -> int:
        return sum(self.by_channel.values())

    @property
    def missed_people(self) -> int:
        """How many people should get it and get nothing at all."""
        return sum(self.missed.values())

    @property
    def occurrence(self) -> str:
        """The key of the occurrence that this plan is for."""
        return walltime.key(self.wall)


def plan_submitted_or_next(project: ProjectView, campaign: CampaignSettings) -> Plan:
    """The plan of what waits for a second person's decision or was approved, as it was submitted; else that of the next
    occurrence.

    So whoever is to approve sees the digest that is asked for, or that it has changed.
    """
    with project.ledger.reading() as conn:
        found = (approvals.get_undecided(conn, campaign.name), approvals.latest_for_campaign(conn, campaign.name))
    for one in found:
        if one is not None and one.state in OPEN_APPROVALS and can_still_go_out(project, campaign, one):
            return plan_campaign(project, campaign, one.wall, terms_of_approval(one), one)
    return plan_campaign(project, campaign, terms=SubmissionTerms(at_once=campaign.as_soon_as_approved))


def can_still_go_out(project: ProjectView, campaign: CampaignSettings, approval: Approval) -> bool:
    """Whether what an approval is for may still go out: it was neither released, nor moved in config.yaml."""
    if approval.wall is None:
        return is_approved_by_rule(campaign)
    return any(one.wall == approval.wall for one in upcoming(project, campaign))


def plan_campaign(
    project: ProjectView,
    campaign: CampaignSettings,
    wall: datetime | None = None,
    terms: SubmissionTerms = DEFAULT_TERMS,
    signed: Approval | None = None,
) -> Plan:
    """Walk the whole campaign without writing anything; `wall` is that of the next occurrence unless given.

    To be compared with what was `signed`, people who were erased since count as still there.
    """
    messages = CampaignMessages.load(project, campaign, wall or _next_wall(project, campaign))
    inspection = LetterInspection(messages)
    walk = messages.walk(inspection.inspect)
    by_channel: Counter[str] = Counter()
    by_language: Counter[str] = Counter()
    for message in walk:
        by_channel[message.channel] += 1
        by_language[message.language] += 1
    result, findings = walk.result(), inspection.findings()
    return Plan(
        campaign=campaign,
        wall=messages.wall,
        terms=terms,
        inputs=digest_inputs(messages, result, terms, signed),
        by_channel=dict(sorted(by_channel.items())),
        by_language=dict(sorted(by_language.items())),
        excluded=dict(sorted(result.excluded.items())),
        missed=dict(sorted(result.missed.items())),
        sms_segments=findings.sms_segments,
        sms_segments_at_most=findings.sms_segments_at_most,
        texts_without_no=findings.no_opt_out,
        unwritten_languages=findings.unwritten_languages,
        fallback=messages.letter.fallback,
        sms_price=project.settings.prices.sms_segment,
        letter_errors=findings.errors + len(result.blocking),
        row_errors=result.errors,
        problems=(
            *findings.problems,
            *findings.cost_warnings,
            *result.problems,
            *check_sent_today(project, campaign),
        ),
        columns={heading: to for one in messages.audiences for heading, to in one.description.columns.items()},
    )


def _next_wall(project: ProjectView, campaign: CampaignSettings) -> datetime:
    """When the campaign goes out next: this very minute where it goes out as soon as it is approved."""
    if campaign.as_soon_as_approved:
        return project.wall_now().replace(second=0, microsecond=0)
    return next_occurrence(project, campaign).wall
