"""The digest that a second person signs: everything that decides what goes out, to whom and when.

Two approvals with one digest send the same letter to the same people at the same time. What only shrinks a broadcast
(suppressions, opt-outs, erasures) is not part of it, so that it never voids an approval.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from broadcaster.config import Campaign
from broadcaster.domain import walltime
from broadcaster.ledger import rosters
from broadcaster.ledger.approvals import Approval
from broadcaster.services.prospects import Prospects
from broadcaster.services.sender import route, sender
from broadcaster.services.surroundings import signed_values

Inputs = Mapping[str, object]

CALLED = {
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
class Terms:
    """How a plan is meant: `leave_out` rows that cannot be used, send `at_once` rather than at the campaign's time, and
    with `crisis`, a reason, in quiet hours too.
    """

    leave_out: bool = False
    at_once: bool = False
    crisis: str = ""

    def as_inputs(self) -> Inputs:
        """They as they are signed; a reason stands there only where there is one, as in what was signed before."""
        crisis = {"crisis": self.crisis} if self.crisis else {}
        return {"leave_out": self.leave_out, "at_once": self.at_once, **crisis}


AS_WRITTEN = Terms()
"""At the campaign's time, and only without errors."""


def inputs(prospects: Prospects, terms: Terms, signed: Approval | None = None) -> Inputs:
    """What is signed, as the campaign's `approval` says: this occurrence, or the rule until a date.

    Call it after the prospects were walked, for only then are the rosters' marks known. To be compared with what was
    `signed`, whoever was erased since is put back into the marks.
    """
    campaign = prospects.campaign
    if is_rule(campaign) and not terms.at_once and campaign.every and campaign.approval.until:
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


def is_rule(campaign: Campaign) -> bool:
    """Whether the campaign is approved by its rule, until a date, rather than for each occurrence."""
    return campaign.every is not None and campaign.approval.until is not None


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """What of the inputs changed, in words for the person who has to look again."""
    changed = (key for key in sorted({*before, *after}) if before.get(key) != after.get(key))
    return [CALLED.get(key, key) for key in changed]


def inputs_as(prospects: Prospects, approval: Approval) -> Inputs:
    """The same inputs as an approval signed, as they are now."""
    return inputs(prospects, terms(approval), approval)


def terms(approval: Approval) -> Terms:
    """The terms on which something was submitted."""
    kept = approval.inputs
    return Terms(bool(kept.get("leave_out")), bool(kept.get("at_once")), str(kept.get("crisis", "")))


def _letter_inputs(prospects: Prospects) -> Inputs:
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


def _sender_inputs(prospects: Prospects) -> Inputs:
    """Who the message says it is from, what it is delivered with, and by whom: what was approved for a folder is not
    approved for the world. What the organisation is called in each language is among the values.
    """
    said = asdict(sender(prospects, prospects.letter.fallback))
    logo = said.pop("logo")
    chosen = prospects.project.settings.providers
    by = {"email": chosen.email, "sms": chosen.sms}
    return {**said, "logo": hashlib.sha256(logo or b"").hexdigest(), **route(prospects).as_json(), "by": by}


def digest(inputs: Inputs) -> str:
    """SHA-256 of the canonical JSON of the inputs, in hexadecimal."""
    return hashlib.sha256(canonical(inputs).encode()).hexdigest()


def canonical(inputs: Inputs) -> str:
    """JSON with sorted keys and no spaces: the same inputs are always the same text."""
    return json.dumps(inputs, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _put_back_erased(prospects: Prospects, signed: Approval) -> None:
    marks = signed.inputs.get("rosters")
    with prospects.project.ledger.reading() as conn:
        for name, mark in prospects.marks.items():
            then = str(marks.get(name, "")) if isinstance(marks, Mapping) else ""
            mark.put_back(rosters.erased_since(conn, name, signed.submitted_at), then)
