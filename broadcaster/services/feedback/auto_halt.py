"""What recipients and carriers say of a broadcast can halt it: then a person looks, and resumes it or not."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.halt_codes import is_about_returned_mail
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.delivery.reports import Report, ReportedEvent
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.ledger import WriteConnection
from broadcaster.ledger.broadcasting import broadcasts, delivery_counters
from broadcaster.ledger.feedback import halt_counters
from broadcaster.ledger.feedback.report_application import DeliveryReports
from broadcaster.providers.reasons import Reason
from broadcaster.services.feedback.bounce_causes import BOUNCE_CAUSES, bounce_cause_of
from broadcaster.services.feedback.halt import halt_broadcast, note_returned_mail
from broadcaster.services.project.project import now

CARRIER_BLOCK_REASONS = frozenset({Reason.CARRIER_BLOCKED, Reason.CARRIER_FILTERED})
"""Texts that a carrier kept from a telephone that would have taken them."""

SENDER_FAULT_REASONS = frozenset(
    {
        Reason.ACCOUNT_LIMITED,
        Reason.ACCOUNT_SUSPENDED,
        Reason.ALLOWANCE_USED_UP,
        Reason.SENDER_NOT_ALLOWED,
        Reason.SENDER_NOT_REGISTERED,
    }
)
"""What is the matter with us and not with those who are written to, and is told only after a message was taken."""

QUEUE_OVERFLOW_REASONS = frozenset({Reason.QUEUE_FULL, Reason.EXPIRED})
"""Texts that waited longer at the provider than it keeps them: its sender is slower than our pace."""

ANSWERED_STATES = frozenset(
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
class HaltThreshold:
    """What it takes to halt: so many reports, of so many messages handed over, and more than that share of them."""

    reports: int
    handed_over: int
    share: float


@dataclass(frozen=True, slots=True)
class HaltRule:
    """What can halt a broadcast: the reports that count, how many it takes, what is said of it, and whether it halts
    what is sent in a crisis. Of several `least` any one is enough. `lasting` is said of a broadcast that is over, too.
    """

    name: str
    counts: Callable[[Report], bool]
    least: tuple[HaltThreshold, ...]
    says: str
    in_crisis: bool = True
    lasting: bool = False


def _has_reason(reasons: frozenset[Reason]) -> Callable[[Report], bool]:
    return lambda report: report.code in reasons


def _has_cause(name: str) -> Callable[[Report], bool]:
    return lambda report: _is_bounce_without_strike(report) and bounce_cause_of(report.code, report.detail) == name


def _is_bounce_without_strike(report: Report) -> bool:
    return report.happened in (ReportedEvent.BOUNCED, ReportedEvent.DROPPED) and not report.strikes


# One cause for most of what comes back is no matter of one recipient's server, however few there were: of eight or more
# at least five and more than half. In a larger broadcast a fifth is enough, as for all causes together.
_BOUNCE_CAUSE_THRESHOLDS = (
    HaltThreshold(reports=20, handed_over=100, share=0.2),
    HaltThreshold(reports=5, handed_over=8, share=0.5),
)

BOUNCE_CAUSE_RULES = tuple(
    HaltRule(
        name,
        _has_cause(name),
        _BOUNCE_CAUSE_THRESHOLDS,
        f"{{n:,}} of {{of:,}} came back: {cause.is_}. {cause.remedy} No address is struck off by it.",
        lasting=True,
    )
    for name, cause in BOUNCE_CAUSES.items()
)
"""What is named comes before what is not: who reads it must know what to do."""

HALT_RULES = (
    *BOUNCE_CAUSE_RULES,
    # What is the matter with us hits every message; the few that are only turned down where they go (a country that
    # wants its senders registered) are no reason to keep the others back.
    HaltRule(
        "provider-drops",
        _has_reason(SENDER_FAULT_REASONS),
        (HaltThreshold(reports=5, handed_over=20, share=0.05),),
        "The provider took these messages and then dropped {n:,} of {of:,} for what is the matter with the account or "
        "the sender. Look at its log, mend that, then resume. The dropped ones are not sent again by themselves.",
    ),
    # Whatever is handed over behind a full queue is dropped as well, and nobody gets a dropped one by itself: with a
    # lower pace those that are kept back still arrive, in a crisis above all.
    HaltRule(
        "queue-overflows",
        _has_reason(QUEUE_OVERFLOW_REASONS),
        (HaltThreshold(reports=5, handed_over=20, share=0.05),),
        "The provider dropped {n:,} of {of:,} texts that had waited too long in its queue: we hand them over faster "
        "than the sender may send. Lower `pace` in config.yaml, start again, then resume. The dropped ones are not "
        "sent again by themselves.",
    ),
    # A block of the sender or of the wording hits most texts of a carrier at once, and shows among the first twenty. If
    # one text in a hundred were blocked by chance, six of the first hundred were so in one broadcast of 1,700. Going on
    # only makes the sender look worse to the carriers, and the people do not get it anyway: it halts a crisis too.
    HaltRule(
        "carriers-block",
        _has_reason(CARRIER_BLOCK_REASONS),
        (HaltThreshold(reports=5, handed_over=20, share=0.05),),
        "Carriers block these texts: {n:,} of {of:,} did not get through. Look at the provider's log, whether the "
        "sender or the wording is what they object to; with another sender or wording, resume.",
    ),
    # One employer's mail server that turns us away may be a tenth of an audience, and the others get theirs. A fifth is
    # more than one server: most often a signature (DKIM) that does not hold, or a blocklist that many ask.
    HaltRule(
        "mail-blocked",
        _has_reason(frozenset({Reason.BLOCKED})),
        (HaltThreshold(reports=20, handed_over=100, share=0.2),),
        "Mail servers turn this away by rules of their own: {n:,} of {of:,} came back. Read an answer, check SPF, DKIM "
        "and DMARC of the sender's domain, then resume.",
        lasting=True,
    ),
    # Gmail and Yahoo want fewer than 0.1 % complaints and turn mail away from 0.3 % on
    # (https://support.google.com/mail/answer/81126, https://senders.yahooinc.com/best-practices/). Fewer than five say
    # nothing about a rate: at 0.1 %, five or more among a thousand are four broadcasts in a thousand. Those who send in
    # a crisis have decided that it cannot wait for anybody, so that it does not wait for this either.
    HaltRule(
        "complaints",
        lambda report: report.happened is ReportedEvent.COMPLAINED,
        (HaltThreshold(reports=5, handed_over=1_000, share=0.003),),
        "{n:,} of {of:,} recipients marked it as unwanted; mail providers turn senders away for that. Look at the "
        "letter, and at how these people came on the list, before you resume.",
        in_crisis=False,
    ),
)


def count_and_halt(conn: WriteConnection, told: Iterable[DeliveryReports]) -> None:
    """Count what counts towards a halt, and halt where it is too much. The caller holds the broadcasts.

    Only the report by which a delivery moved counts, so that one is counted once. A halt begins the count anew: whoever
    resumes has seen what there was, and is stopped again only by as much once more.
    """
    _count_by_rules(conn, [(one.broadcast, one.moved_by) for one in told if one.moved_by])


def count_receipts_and_halt(
    conn: WriteConnection, broadcast_id: str, receipts: Iterable[Receipt], channel: Channel
) -> None:
    """The same for what was refused while it was handed over: there it means the same. The caller holds the broadcast,
    and has written the receipts down.
    """
    if channel is not Channel.EMAIL:
        return  # what carriers answer at once is their provider's word, and halts by its own table
    refused = [one for one in receipts if one.outcome is Outcome.REFUSED and not one.suppress and not one.strikes]
    _count_by_rules(conn, [(broadcast_id, _report_of_receipt(one)) for one in refused])


def _report_of_receipt(receipt: Receipt) -> Report:
    return Report("", "", ReportedEvent.BOUNCED, now(), code=receipt.code, detail=receipt.detail)


def _count_by_rules(conn: WriteConnection, said: Iterable[tuple[str, Report]]) -> None:
    said = list(said)
    for brake in HALT_RULES:
        bad = Counter(broadcast_id for broadcast_id, report in said if brake.counts(report))
        for broadcast_id, n in sorted(bad.items()):
            _apply_halt_rule(conn, brake, broadcast_id, n)


def _apply_halt_rule(conn: WriteConnection, brake: HaltRule, broadcast_id: str, n: int) -> None:
    total = halt_counters.add(conn, broadcast_id, brake.name, n)
    by_state = delivery_counters.count_by_state(conn, broadcast_id)
    answered = sum(count for state, count in by_state.items() if state in ANSWERED_STATES)
    if not any(_exceeds_threshold(least, total, answered) for least in brake.least):
        return
    broadcast = broadcasts.get(conn, broadcast_id)
    if broadcast is None or (broadcast.crisis_reason and not brake.in_crisis):
        return
    reason = brake.says.format(n=total, of=answered)
    if broadcast.state in _ENDED_STATES:
        # It goes on counting, for nobody resumes what is over. Of two causes the one that was noted first stays.
        if brake.lasting and (broadcast.halt_code == brake.name or not is_about_returned_mail(broadcast.halt_code)):
            note_returned_mail(conn, broadcast, brake.name, reason)
    elif halt_broadcast(conn, broadcast_id, brake.name, reason):
        halt_counters.reset(conn, broadcast_id, brake.name)


_ENDED_STATES = frozenset({BroadcastState.FINISHED, BroadcastState.CANCELLED})


def _exceeds_threshold(least: HaltThreshold, total: int, answered: int) -> bool:
    return total >= least.reports and answered >= least.handed_over and total > least.share * answered
