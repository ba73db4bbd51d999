"""Submission terms: at once, without bad rows, in a crisis; and words for what a digest covers."""

from collections.abc import Mapping
from dataclasses import dataclass

from broadcaster.config import CampaignSettings
from broadcaster.ledger.planning.approvals import Approval

DigestInputs = Mapping[str, object]

INPUT_WORDS = {
    "campaign": "its name",
    "title": "its title",
    "letter": "the letter",
    "zone": "the timezone of its time",
    "region": "the region, in whose way dates are written",
    "values": "who signs it or its helplines",
    "sender": "the sender or its logo",
    "audiences": "an audience's description",
    "rosters": "who is on a roster",
    "wall": "the time",
    "rule": "the rule of when",
    "ends": "the last day of its rule",
    "until": "until when it is approved",
    "at_most": "how many people it may reach",
    "channel": "the channel",
    "if_late": "what happens when it is late",
    "if_unsure": "what happens when a delivery is unsure",
    "quiet_hours": "the quiet hours",
    "public_url": "the public_url",
    "at_once": "whether it goes out at once",
    "crisis": "why it cannot wait for quiet hours to end",
    "leave_out": "whether unusable rows are left out",
}
"""The inputs in plain words."""


@dataclass(frozen=True, slots=True)
class SubmissionTerms:
    """How a plan is meant: `leave_out` rows that cannot be used, send `at_once` rather than at the campaign's time, and
    with `crisis`, a reason, in quiet hours too.
    """

    leave_out: bool = False
    at_once: bool = False
    crisis: str = ""

    def as_inputs(self) -> DigestInputs:
        """They as they are signed; a reason stands there only where there is one, as in what was signed before."""
        crisis = {"crisis": self.crisis} if self.crisis else {}
        return {"leave_out": self.leave_out, "at_once": self.at_once, **crisis}


DEFAULT_TERMS = SubmissionTerms()
"""At the campaign's time, and only without errors."""


def is_approved_by_rule(campaign: CampaignSettings) -> bool:
    """Whether the campaign is approved by its rule, until a date, rather than for each occurrence."""
    return campaign.every is not None and campaign.approval.until is not None


def is_submitted_as_rule(campaign: CampaignSettings, terms: SubmissionTerms) -> bool:
    """Whether a submission on these terms is one of the campaign's rule."""
    return is_approved_by_rule(campaign) and not terms.at_once


def terms_of_approval(approval: Approval) -> SubmissionTerms:
    """The terms on which something was submitted."""
    kept = approval.inputs
    return SubmissionTerms(bool(kept.get("leave_out")), bool(kept.get("at_once")), str(kept.get("crisis", "")))
