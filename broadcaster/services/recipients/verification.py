"""Verification that a letter is genuine: who sent it and when, and nothing about its recipient."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from broadcaster.config import HelplineUse
from broadcaster.domain.contact import dialling
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.language.language_tags import Direction
from broadcaster.domain.language.multilingual_text import MultilingualText, TextInLanguage
from broadcaster.domain.local_time import walltime
from broadcaster.ledger.broadcasting import broadcasts, skeletons
from broadcaster.ledger.delivery import deliveries
from broadcaster.ledger.planning import approvals
from broadcaster.letters.filling.serialisation import load_skeleton
from broadcaster.letters.filling.skeleton import SmsSkeleton
from broadcaster.letters.rendering.fragments import GAP_MARK, Fragments, masked_text
from broadcaster.services.composing.links import delivery_id_of_token
from broadcaster.services.composing.template_context import local_date
from broadcaster.services.project.project import ProjectView

MAX_OPENING_LENGTH = 100
"""Characters of a text message by which it is known again."""


@dataclass(frozen=True, slots=True)
class VerifiedMessage:
    """A message that we sent: on which day (where the organisation is, in words), who signed, how it goes.

    `opening` is the subject, or how a text begins, without the recipient's own words; `gaps`: whether there were any.
    `role` is in the reader's language where that was approved too, else in that of the message, which `language` and
    `direction` are those of.
    """

    day: str
    channel: Channel
    signed: str
    role: TextInLanguage
    email: str
    opening: str
    gaps: bool
    language: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class VerificationHelpline:
    """A helpline of config.yaml that may still be given to people."""

    name: TextInLanguage
    number: str

    @property
    def dialled(self) -> str:
        """The number as a telephone takes it."""
        return dialling.dialled_number(self.number)


def verify_message(project: ProjectView, token: str, language: Callable[[str], str]) -> VerifiedMessage | None:
    """The message that this check token was made for; None when we never sent one. `language` is the reader's, given
    that of the message: the day is said in it.
    """
    delivery_id = delivery_id_of_token(project.keyring, "check", token)
    if delivery_id is None:
        return None
    with project.ledger.reading() as conn:
        delivery = deliveries.get(conn, delivery_id)
        sent = None if delivery is None else deliveries.last_attempt_at(conn, delivery.seq)
        if delivery is None or sent is None:
            return None
        broadcast = broadcasts.get(conn, delivery.broadcast)
        approval = None if broadcast is None else approvals.get(conn, broadcast.approval)
        blob = skeletons.get(conn, delivery.broadcast, delivery.skeleton)
    signatory = _signatory(approval.inputs if approval else {})
    skeleton = load_skeleton(blob)
    words = skeleton.fragments if isinstance(skeleton, SmsSkeleton) else skeleton.subject_fragments
    wall, reads = walltime.local(sent, project.zone), language(skeleton.language)
    return VerifiedMessage(
        day=local_date(wall, reads, project.settings.organisation.region),
        channel=delivery.channel,
        signed=signatory.get("name", ""),
        role=MultilingualText.of(signatory.get("role", "")).best_for(reads, skeleton.language),
        email=signatory.get("email", ""),
        opening=_without_gaps(words),
        gaps=not all(isinstance(fragment, str) for fragment in words),
        language=skeleton.language,
        direction=skeleton.direction,
    )


def list_helplines(project: ProjectView, language: str) -> list[VerificationHelpline]:
    """Whom somebody can ring who is not sure: the helplines that are for doubt and have not expired, in the order of
    config.yaml, each by its name in this language. An emergency number is never among them, whatever stands there.
    """
    today, home = project.wall_now().date(), project.settings.organisation.language
    return [
        VerificationHelpline(line.name.best_for(language, home), line.number)
        for line in project.settings.helplines.values()
        if HelplineUse.DOUBT in line.uses
        and (line.expires is None or today < line.expires)
        and line.number not in dialling.EMERGENCY_NUMBERS
    ]


def _signatory(inputs: Any) -> dict[str, Any]:
    """Who signed it when it was approved: config.yaml may say something else by now."""
    found = inputs.get("values", {}).get("signatory", {})
    return dict(found)


def _without_gaps(fragments: Fragments) -> str:
    text = masked_text(fragments)
    return text if len(text) <= MAX_OPENING_LENGTH else text[:MAX_OPENING_LENGTH].rstrip() + GAP_MARK
