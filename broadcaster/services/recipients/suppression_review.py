"""Review of automatic suppressions that today's rules would not make; staff may lift them.

The ledger keeps the mail servers' answers with the attempts. They are read again with today's table of answers.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.feedback import soft_bounces
from broadcaster.ledger.recipients import message_history, suppressions
from broadcaster.ledger.recipients.suppressions import Suppression, SuppressionGround
from broadcaster.providers.answers import STRIKE_AT_ONCE, STRIKE_NEVER, STRIKE_THIRD_TIME, AnswerMeaning, read_answer
from broadcaster.services.access.permissions import Actor
from broadcaster.services.feedback.bounce_causes import BOUNCE_CAUSES, bounce_cause_of
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.recipients.suppression_list import validated_reason

_REASONS_FROM_ANSWERS = frozenset({SuppressionReason.BOUNCED, SuppressionReason.REFUSED})
"""Reasons that were made of what mail servers answered."""

_cached_meaning = lru_cache(16_384)(lambda answer: read_answer("", answer))
"""What an answer means by today's table; the first page asks at every look."""


@dataclass(frozen=True, slots=True)
class LiftableSuppression:
    """A suppression that today's table would not have made. `answers` are what servers said, without names; `cause` is
    what the last of them is about, in words.
    """

    suppression: Suppression
    ground: SuppressionGround
    answers: tuple[str, ...]
    cause: str

    @property
    def key(self) -> str:
        """What a form calls it: the keyed hash of its address, which says nothing to whoever lacks the key."""
        return self.suppression.blind.hex()


def find_liftable_suppressions(project: ProjectView) -> list[LiftableSuppression]:
    """The suppressions to lift, oldest first."""
    with project.ledger.reading() as conn:
        known = [one for one in suppressions.list_all(conn) if _may_be_liftable(one)]
        answers = message_history.list_failure_answers(conn, Channel.EMAIL) if known else {}
    found = (_as_liftable(one, answers.get(one.blind, ())) for one in known)
    return [one for one in found if one]


def lift_suppressions(project: Project, which: Sequence[LiftableSuppression], reason: str, by: Actor) -> int:
    """Lift what was offered, and nothing else that stands against these addresses; how many were lifted.

    What somebody said since (STOP, a complaint), and a suppression that was made anew meanwhile, stay. Raises
    `ReasonError`.
    """
    why = validated_reason(reason)
    return sum(_lift_if_unchanged(project, one, why, by) for one in which)


def _lift_if_unchanged(project: Project, one: LiftableSuppression, why: str, by: Actor) -> bool:
    blind = one.suppression.blind
    with project.ledger.writing() as conn:
        known = suppressions.get(conn, blind)
        if known is None or one.ground not in known.grounds:
            return False
        soft_bounces.clear_strikes(conn, blind)
        suppressions.remove_reason(conn, blind, one.ground.reason)
        detail = {
            "channel": one.suppression.channel.value,
            "address": blind.hex()[:12],
            "reason": why,
            "lifted": one.ground.reason.value,
        }
        audit.record(conn, by, "unsuppress", "suppressions", **detail)
    return True


def _may_be_liftable(one: Suppression) -> bool:
    return one.channel is Channel.EMAIL and bool(one.address) and not _REASONS_FROM_ANSWERS.isdisjoint(one.reasons)


def _as_liftable(one: Suppression, said: Sequence[str]) -> LiftableSuppression | None:
    ground = next(ground for ground in one.grounds if ground.reason in _REASONS_FROM_ANSWERS)
    read = [_cached_meaning(answer) for answer in said]
    if not read or not _would_not_suppress(read):
        return None
    last, meant = next(
        (a, m) for a, m in zip(reversed(said), reversed(read), strict=True) if m and m.strikes == STRIKE_NEVER
    )
    cause = BOUNCE_CAUSES[bounce_cause_of(meant.reason, last)].is_ if meant else ""
    return LiftableSuppression(one, ground, tuple(said), cause)


def _would_not_suppress(read: Sequence[AnswerMeaning | None]) -> bool:
    """Whether today's table would not have struck the address off: what it does not understand stands as it was."""
    if any(one is None or one.strikes == STRIKE_AT_ONCE for one in read):
        return False
    counted = Counter(one.reason for one in read if one and one.strikes)
    return any(one and one.strikes == STRIKE_NEVER for one in read) and all(
        n < STRIKE_THIRD_TIME for n in counted.values()
    )
