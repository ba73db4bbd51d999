"""Addresses that were struck off for what does not strike off any more: found, and lifted when somebody says so.

The answers that mail servers gave are kept with the attempts. They are read anew, by the table that counts today.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from broadcaster.domain.channels import Channel
from broadcaster.domain.suppression import SuppressionReason
from broadcaster.ledger import audit, correspondence, soft_bounces, suppressions
from broadcaster.ledger.audit import Entry
from broadcaster.ledger.suppressions import Ground, Suppression
from broadcaster.providers.answers import AT_ONCE, NEVER, THIRD_TIME, Meaning, read_answer
from broadcaster.services.access.permissions import Actor
from broadcaster.services.feedback.bounce_causes import CAUSES, cause_of
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.recipients.suppression_list import plain_reason

_BY_ANSWERS = frozenset({SuppressionReason.BOUNCED, SuppressionReason.REFUSED})
"""Reasons that were made of what mail servers answered."""

_read = lru_cache(16_384)(lambda answer: read_answer("", answer))
"""What an answer means by today's table; the first page asks at every look."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A suppression that today's table would not have made. `answers` are what servers said, without names; `cause` is
    what the last of them is about, in words.
    """

    suppression: Suppression
    ground: Ground
    answers: tuple[str, ...]
    cause: str

    @property
    def key(self) -> str:
        """What a form calls it: the keyed hash of its address, which says nothing to whoever lacks the key."""
        return self.suppression.blind.hex()


def offered(project: ProjectView) -> list[Offered]:
    """The suppressions to lift, oldest first."""
    with project.ledger.reading() as conn:
        known = [one for one in suppressions.all(conn) if _may_be(one)]
        answers = correspondence.turned_down(conn, Channel.EMAIL) if known else {}
    found = (_offer(one, answers.get(one.blind, ())) for one in known)
    return [one for one in found if one]


def lift(project: Project, which: Sequence[Offered], reason: str, by: Actor) -> int:
    """Lift what was offered, and nothing else that stands against these addresses; how many were lifted.

    What somebody said since (STOP, a complaint), and a suppression that was made anew meanwhile, stay. Raises
    `ReasonError`.
    """
    why = plain_reason(reason)
    return sum(_lift(project, one, why, by) for one in which)


def _lift(project: Project, one: Offered, why: str, by: Actor) -> bool:
    blind = one.suppression.blind
    with project.ledger.writing() as conn:
        known = suppressions.get(conn, blind)
        if known is None or one.ground not in known.grounds:
            return False
        soft_bounces.clear(conn, blind)
        suppressions.withdraw(conn, blind, one.ground.reason)
        detail = {
            "channel": one.suppression.channel.value,
            "address": blind.hex()[:12],
            "reason": why,
            "lifted": one.ground.reason.value,
        }
        audit.write(conn, Entry(by.name, "unsuppress", "suppressions", detail, by.system_user, by.host))
    return True


def _may_be(one: Suppression) -> bool:
    return one.channel is Channel.EMAIL and bool(one.address) and not _BY_ANSWERS.isdisjoint(one.reasons)


def _offer(one: Suppression, said: Sequence[str]) -> Offered | None:
    ground = next(ground for ground in one.grounds if ground.reason in _BY_ANSWERS)
    read = [_read(answer) for answer in said]
    if not read or not _is_mild(read):
        return None
    last, meant = next((a, m) for a, m in zip(reversed(said), reversed(read), strict=True) if m and m.strikes == NEVER)
    cause = CAUSES[cause_of(meant.reason, last)].is_ if meant else ""
    return Offered(one, ground, tuple(said), cause)


def _is_mild(read: Sequence[Meaning | None]) -> bool:
    """Whether today's table would not have struck the address off: what it does not understand stands as it was."""
    if any(one is None or one.strikes == AT_ONCE for one in read):
        return False
    counted = Counter(one.reason for one in read if one and one.strikes)
    return any(one and one.strikes == NEVER for one in read) and all(n < THIRD_TIME for n in counted.values())
