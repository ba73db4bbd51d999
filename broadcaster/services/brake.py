"""What recipients and carriers say of a broadcast can halt it: then a person looks, and resumes it or not."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from broadcaster.domain.reports import Happened, Report
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger import WriteConnection, brakes, broadcasts, counters
from broadcaster.ledger.applying import Told
from broadcaster.providers.reasons import Reason
from broadcaster.services.halt import halt

CARRIERS_NO = frozenset({Reason.CARRIER_BLOCKED, Reason.CARRIER_FILTERED})
"""Texts that a carrier kept from a telephone that would have taken them."""

OURS = frozenset(
    {
        Reason.ACCOUNT_LIMITED,
        Reason.ACCOUNT_SUSPENDED,
        Reason.ALLOWANCE_USED_UP,
        Reason.SENDER_NOT_ALLOWED,
        Reason.SENDER_NOT_REGISTERED,
    }
)
"""What is the matter with us and not with those who are written to, and is told only after a message was taken."""

TOO_FAST = frozenset({Reason.QUEUE_FULL, Reason.EXPIRED})
"""Texts that waited longer at the provider than it keeps them: its sender is slower than our pace."""

ANSWERED = frozenset(
    {
        DeliveryState.ACCEPTED,
        DeliveryState.DELIVERED,
        DeliveryState.BOUNCED,
        DeliveryState.COMPLAINED,
        DeliveryState.REFUSED,
    }
)
"""States of what a provider has had: what shares are shares of."""


@dataclass(frozen=True, slots=True)
class Least:
    """What it takes to halt: so many reports, of so many messages handed over, and more than that share of them."""

    reports: int
    handed_over: int
    share: float


@dataclass(frozen=True, slots=True)
class Brake:
    """What can halt a broadcast: the reports that count, how many it takes, what is said of it, and whether it halts
    what is sent in a crisis.
    """

    name: str
    counts: Callable[[Report], bool]
    least: Least
    says: str
    in_crisis: bool = True


def _of(reasons: frozenset[Reason]) -> Callable[[Report], bool]:
    return lambda report: report.code in reasons


BRAKES = (
    # What is the matter with us hits every message; the few that are only turned down where they go (a country that
    # wants its senders registered) are no reason to keep the others back.
    Brake(
        "provider-drops",
        _of(OURS),
        Least(reports=5, handed_over=20, share=0.05),
        "The provider took these messages and then dropped {n:,} of {of:,} for what is the matter with the account or "
        "the sender. Look at its log, mend that, then resume. The dropped ones are not sent again by themselves.",
    ),
    # Whatever is handed over behind a full queue is dropped as well, and nobody gets a dropped one by itself: with a
    # lower pace those that are kept back still arrive, in a crisis above all.
    Brake(
        "queue-overflows",
        _of(TOO_FAST),
        Least(reports=5, handed_over=20, share=0.05),
        "The provider dropped {n:,} of {of:,} texts that had waited too long in its queue: we hand them over faster "
        "than the sender may send. Lower `pace` in config.yaml, start again, then resume. The dropped ones are not "
        "sent again by themselves.",
    ),
    # A block of the sender or of the wording hits most texts of a carrier at once, and shows among the first twenty. If
    # one text in a hundred were blocked by chance, six of the first hundred were so in one broadcast of 1,700. Going on
    # only makes the sender look worse to the carriers, and the people do not get it anyway: it halts a crisis too.
    Brake(
        "carriers-block",
        _of(CARRIERS_NO),
        Least(reports=5, handed_over=20, share=0.05),
        "Carriers block these texts: {n:,} of {of:,} did not get through. Look at the provider's log, whether the "
        "sender or the wording is what they object to; with another sender or wording, resume.",
    ),
    # One employer's mail server that turns us away may be a tenth of an audience, and the others get theirs. A fifth is
    # more than one server: most often a signature (DKIM) that does not hold, or a blocklist that many ask.
    Brake(
        "mail-blocked",
        _of(frozenset({Reason.BLOCKED})),
        Least(reports=20, handed_over=100, share=0.2),
        "Mail servers turn this away by rules of their own: {n:,} of {of:,} came back. Read an answer, check SPF, DKIM "
        "and DMARC of the sender's domain, then resume.",
    ),
    # Gmail and Yahoo want fewer than 0.1 % complaints and turn mail away from 0.3 % on
    # (https://support.google.com/mail/answer/81126, https://senders.yahooinc.com/best-practices/). Fewer than five say
    # nothing about a rate: at 0.1 %, five or more among a thousand are four broadcasts in a thousand. Those who send in
    # a crisis have decided that it cannot wait for anybody, so that it does not wait for this either.
    Brake(
        "complaints",
        lambda report: report.happened is Happened.COMPLAINED,
        Least(reports=5, handed_over=1_000, share=0.003),
        "{n:,} of {of:,} recipients marked it as unwanted; mail providers turn senders away for that. Look at the "
        "letter, and at how these people came on the list, before you resume.",
        in_crisis=False,
    ),
)


def press(conn: WriteConnection, told: Iterable[Told]) -> None:
    """Count what counts towards a halt, and halt where it is too much. The caller holds the broadcasts.

    Only the report by which a delivery moved counts, so that one is counted once. A halt begins the count anew: whoever
    resumes has seen what there was, and is stopped again only by as much once more.
    """
    for brake in BRAKES:
        bad = Counter(one.broadcast for one in told if one.said and brake.counts(one.said))
        for broadcast_id, n in sorted(bad.items()):
            _press(conn, brake, broadcast_id, n)


def _press(conn: WriteConnection, brake: Brake, broadcast_id: str, n: int) -> None:
    total = brakes.press(conn, broadcast_id, brake.name, n)
    by_state = counters.by_state(conn, broadcast_id)
    answered = sum(count for state, count in by_state.items() if state in ANSWERED)
    least = brake.least
    if total < least.reports or answered < least.handed_over or total <= least.share * answered:
        return
    broadcast = broadcasts.get(conn, broadcast_id)
    if broadcast is None or (broadcast.crisis_reason and not brake.in_crisis):
        return
    if halt(conn, broadcast_id, brake.name, brake.says.format(n=total, of=answered)):
        brakes.release(conn, broadcast_id, brake.name)
