"""The digest that a second person signs: everything that decides what goes out, to whom and when.

Two approvals with one digest send the same letter to the same people at the same time. What only shrinks a broadcast
(suppressions, opt-outs, erasures) is not part of it, so that it never voids an approval.
"""

import hashlib
import json
from collections.abc import Mapping
from copy import copy
from dataclasses import asdict

from broadcaster.audiences.rosters.fingerprints import RosterFingerprint
from broadcaster.domain.local_time import walltime
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.ledger.recipients import erased_rows
from broadcaster.services.composing.messages import CampaignMessages, WalkResult
from broadcaster.services.composing.sender import campaign_route, campaign_sender
from broadcaster.services.composing.template_context import signed_values
from broadcaster.services.planning.submission_terms import (
    INPUT_WORDS,
    DigestInputs,
    SubmissionTerms,
    is_submitted_as_rule,
    terms_of_approval,
)


def digest_inputs(
    messages: CampaignMessages, result: WalkResult, terms: SubmissionTerms, signed: Approval | None = None
) -> DigestInputs:
    """What is signed, as the campaign's `approval` says: this occurrence, or the rule until a date.

    `result` is that of a walk over these messages. For a comparison with what was `signed`, people erased since count
    as still on the roster.
    """
    campaign = messages.campaign
    if is_submitted_as_rule(campaign, terms) and campaign.every and campaign.approval.until:
        return {
            **_letter_inputs(messages),
            "rule": campaign.every.cron,
            **({"ends": campaign.every.until.isoformat()} if campaign.every.until else {}),
            "until": campaign.approval.until.isoformat(),
            "at_most": campaign.approval.at_most,
        }
    fingerprints = result.fingerprints if signed is None else _with_erased_rows(messages, result, signed)
    return {
        **_letter_inputs(messages),
        "rosters": {name: fingerprint.hex() for name, fingerprint in sorted(fingerprints.items())},
        "wall": walltime.key(messages.wall),
        **terms.as_inputs(),
    }


def describe_differences(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """What of the inputs changed, in words for the person who has to look again."""
    changed = (key for key in sorted({*before, *after}) if before.get(key) != after.get(key))
    return [INPUT_WORDS.get(key, key) for key in changed]


def digest_inputs_of_approval(messages: CampaignMessages, result: WalkResult, approval: Approval) -> DigestInputs:
    """The same inputs as an approval signed, as they are now."""
    return digest_inputs(messages, result, terms_of_approval(approval), approval)


def _letter_inputs(messages: CampaignMessages) -> DigestInputs:
    settings, campaign = messages.project.settings, messages.campaign
    # The campaign is no part of the values: its name and title stand here, and its date follows from the time.
    title = {"title": campaign.title.in_languages(messages.letter.languages)} if campaign.title else {}
    return {
        "campaign": campaign.name,
        **title,
        "letter": messages.letter.digest,
        "zone": settings.organisation.timezone,
        "region": settings.organisation.region,
        "values": signed_values(settings, messages.letter),
        "sender": _sender_inputs(messages),
        "audiences": [[audience.name, audience.digest] for audience in messages.audiences],
        "channel": campaign.channel,
        "if_late": campaign.if_late,
        "if_unsure": campaign.if_unsure,
        "public_url": settings.public_url or "",
        "quiet_hours": str(settings.quiet_hours),
    }


def _sender_inputs(messages: CampaignMessages) -> DigestInputs:
    """Who the message says it is from, what it is delivered with, and by whom: what was approved for a folder is not
    approved for the world. What the organisation is called in each language is among the values.
    """
    said = asdict(campaign_sender(messages, messages.letter.fallback))
    logo = said.pop("logo")
    chosen = messages.project.settings.providers
    by = {"email": chosen.email, "sms": chosen.sms}
    return {**said, "logo": hashlib.sha256(logo or b"").hexdigest(), **campaign_route(messages).as_json(), "by": by}


def compute_digest(inputs: DigestInputs) -> str:
    """SHA-256 of the canonical JSON of the inputs, in hexadecimal."""
    return hashlib.sha256(canonical_json(inputs).encode()).hexdigest()


def canonical_json(inputs: DigestInputs) -> str:
    """JSON with sorted keys and no spaces: the same inputs are always the same text."""
    return json.dumps(inputs, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _with_erased_rows(
    messages: CampaignMessages, result: WalkResult, signed: Approval
) -> Mapping[str, RosterFingerprint]:
    """The fingerprints as if the rows erased since the submission were still there."""
    rosters = signed.inputs.get("rosters")
    fingerprints = {name: copy(fingerprint) for name, fingerprint in result.fingerprints.items()}
    with messages.project.ledger.reading() as conn:
        for name, fingerprint in fingerprints.items():
            then = str(rosters.get(name, "")) if isinstance(rosters, Mapping) else ""
            fingerprint.put_back(erased_rows.list_erased_since(conn, name, signed.submitted_at), then)
    return fingerprints
