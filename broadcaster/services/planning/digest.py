"""The digest that a second person signs: everything that decides what goes out, to whom and when.

Two approvals with one digest send the same letter to the same people at the same time. What only shrinks a broadcast
(suppressions, opt-outs, erasures) is not part of it, so that it never voids an approval.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict

from broadcaster.domain.local_time import walltime
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.ledger.recipients import erased_rows
from broadcaster.services.composing.messages import CampaignMessages
from broadcaster.services.composing.sender import campaign_route, campaign_sender
from broadcaster.services.composing.template_context import signed_values
from broadcaster.services.planning.terms import (
    INPUT_WORDS,
    DigestInputs,
    SubmissionTerms,
    is_submitted_as_rule,
    terms_of_approval,
)


def digest_inputs(prospects: CampaignMessages, terms: SubmissionTerms, signed: Approval | None = None) -> DigestInputs:
    """What is signed, as the campaign's `approval` says: this occurrence, or the rule until a date.

    Call it after the prospects were walked, for only then are the rosters' marks known. To be compared with what was
    `signed`, whoever was erased since is put back into the marks.
    """
    campaign = prospects.campaign
    if is_submitted_as_rule(campaign, terms) and campaign.every and campaign.approval.until:
        return {
            **_letter_inputs(prospects),
            "rule": campaign.every.cron,
            **({"ends": campaign.every.until.isoformat()} if campaign.every.until else {}),
            "until": campaign.approval.until.isoformat(),
            "at_most": campaign.approval.at_most,
        }
    if signed is not None:
        _put_back_erased(prospects, signed)
    return {
        **_letter_inputs(prospects),
        "rosters": {name: mark.hex() for name, mark in sorted(prospects.marks.items())},
        "wall": walltime.key(prospects.wall),
        **terms.as_inputs(),
    }


def describe_differences(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """What of the inputs changed, in words for the person who has to look again."""
    changed = (key for key in sorted({*before, *after}) if before.get(key) != after.get(key))
    return [INPUT_WORDS.get(key, key) for key in changed]


def digest_inputs_of_approval(prospects: CampaignMessages, approval: Approval) -> DigestInputs:
    """The same inputs as an approval signed, as they are now."""
    return digest_inputs(prospects, terms_of_approval(approval), approval)


def _letter_inputs(prospects: CampaignMessages) -> DigestInputs:
    settings, campaign = prospects.project.settings, prospects.campaign
    # The campaign is no part of the values: its name and title stand here, and its date follows from the time.
    title = {"title": campaign.title.said_in(prospects.letter.languages)} if campaign.title else {}
    return {
        "campaign": campaign.name,
        **title,
        "letter": prospects.letter.digest,
        "zone": settings.organisation.timezone,
        "region": settings.organisation.region,
        "values": signed_values(settings, prospects.letter),
        "sender": _sender_inputs(prospects),
        "audiences": [[audience.name, audience.digest] for audience in prospects.audiences],
        "channel": campaign.channel,
        "if_late": campaign.if_late,
        "if_unsure": campaign.if_unsure,
        "public_url": settings.public_url or "",
        "quiet_hours": str(settings.quiet_hours),
    }


def _sender_inputs(prospects: CampaignMessages) -> DigestInputs:
    """Who the message says it is from, what it is delivered with, and by whom: what was approved for a folder is not
    approved for the world. What the organisation is called in each language is among the values.
    """
    said = asdict(campaign_sender(prospects, prospects.letter.fallback))
    logo = said.pop("logo")
    chosen = prospects.project.settings.providers
    by = {"email": chosen.email, "sms": chosen.sms}
    return {**said, "logo": hashlib.sha256(logo or b"").hexdigest(), **campaign_route(prospects).as_json(), "by": by}


def compute_digest(inputs: DigestInputs) -> str:
    """SHA-256 of the canonical JSON of the inputs, in hexadecimal."""
    return hashlib.sha256(canonical_json(inputs).encode()).hexdigest()


def canonical_json(inputs: DigestInputs) -> str:
    """JSON with sorted keys and no spaces: the same inputs are always the same text."""
    return json.dumps(inputs, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _put_back_erased(prospects: CampaignMessages, signed: Approval) -> None:
    marks = signed.inputs.get("rosters")
    with prospects.project.ledger.reading() as conn:
        for name, mark in prospects.marks.items():
            then = str(marks.get(name, "")) if isinstance(marks, Mapping) else ""
            mark.put_back(erased_rows.list_erased_since(conn, name, signed.submitted_at), then)
