"""Addresses that were struck off for what does not strike off any more: found, and lifted when somebody says so.

The answers that mail servers gave are kept with the attempts. They are read anew, by the table that counts today.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from broadcaster.domain.channels import Channel
from broadcaster.domain.states import DeliveryState
from broadcaster.domain.suppression import SuppressionReason
from broadcaster.ledger import Connection, audit, deliveries, erasing, strikes, suppressions
from broadcaster.ledger.audit import Entry
from broadcaster.ledger.suppressions import Ground, Suppression
from broadcaster.providers.answers import AT_ONCE, NEVER, THIRD_TIME, Meaning, read_answer
from broadcaster.services.causes import CAUSES, cause_of
from broadcaster.services.people import Actor
from broadcaster.services.project import Project, ProjectView
from broadcaster.services.suppress import plain_reason

_BY_ANSWERS = frozenset({SuppressionReason.BOUNCED, SuppressionReason.REFUSED})
"""Reasons that were made of what mail servers answered."""

_TURNED_DOWN = frozenset({DeliveryState.BOUNCED, DeliveryState.REFUSED})


@dataclass(frozen=True, slots=True)
class Offered:
    """A suppression that today's table would not have made. `answers` are what servers said, without names; `cause` is
    what the last of them is about, in words.
    """

    suppression: Suppression
    ground: Ground
    answers: tuple[str, ...]
    cause: str


def offered(project: ProjectView) -> list[Offered]:
    """The suppressions to lift, oldest first."""
    with project.ledger.reading() as conn:
        found = [_offer(conn, one) for one in suppressions.all(conn) if _may_be(one)]
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
        strikes.clear(conn, blind)
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


def _offer(conn: Connection, one: Suppression) -> Offered | None:
    ground = next(ground for ground in one.grounds if ground.reason in _BY_ANSWERS)
    said = [answer for answer in _answers(conn, one) if answer]
    read = [read_answer("", answer) for answer in said]
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


def _answers(conn: Connection, one: Suppression) -> list[str]:
    """What was answered of the address's deliveries that were turned down, the oldest first."""
    found = []
    for broadcast_id in erasing.broadcasts_to(conn, one.channel, one.blind):
        for delivery in deliveries.to_address(conn, broadcast_id, one.blind):
            if delivery.state in _TURNED_DOWN:
                tried = deliveries.tries(conn, delivery.seq)
                found += [(tried[-1].started_at, tried[-1].detail)] if tried else []
    return [detail for _, detail in sorted(found)]
