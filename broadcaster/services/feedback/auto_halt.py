"""Automatic halts: rules by which reports and refusals pause a broadcast until a person resumes or cancels it."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
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
"""A carrier blocked a text that the telephone would have received."""

SENDER_FAULT_REASONS = frozenset(
    {
        Reason.ACCOUNT_LIMITED,
        Reason.ACCOUNT_SUSPENDED,
        Reason.ALLOWANCE_USED_UP,
        Reason.SENDER_NOT_ALLOWED,
        Reason.SENDER_NOT_REGISTERED,
    }
)
"""Faults of our account or sender, not of the recipient, that the provider reports only after it took the message."""

QUEUE_OVERFLOW_REASONS = frozenset({Reason.QUEUE_FULL, Reason.EXPIRED})
"""Texts that waited in the provider's queue until it dropped them: our pace is faster than its sender."""

ANSWERED_STATES = frozenset(
    {
        DeliveryState.ACCEPTED,
        DeliveryState.DELIVERED,
        DeliveryState.BOUNCED,
        DeliveryState.COMPLAINED,
        DeliveryState.REFUSED,
    }
)
"""States of deliveries that a provider answered. The shares of `HaltThreshold` are shares of their number."""


@dataclass(frozen=True, slots=True)
class HaltThreshold:
    """What it takes to halt: so many reports, so many messages handed over, and more than this share reported."""

    reports: int
    handed_over: int
    share: float


@dataclass(frozen=True, slots=True)
class HaltRule:
    """A rule that halts a broadcast: which reports count, how many it takes, and the message for staff.

    Any one of `thresholds` is enough. `in_crisis` says whether the rule halts a crisis, too; `lasting` whether it is
    noted at a broadcast that has ended.
    """

    name: str
    counts: Callable[[Report], bool]
    thresholds: tuple[HaltThreshold, ...]
    message: str
    in_crisis: bool = True
    lasting: bool = False


def _has_reason(reasons: frozenset[Reason]) -> Callable[[Report], bool]:
    return lambda report: report.code in reasons


def _has_cause(name: str) -> Callable[[Report], bool]:
    return lambda report: _is_bounce_without_strike(report) and bounce_cause_of(report.code, report.detail) == name


def _is_bounce_without_strike(report: Report) -> bool:
    return report.happened in (ReportedEvent.BOUNCED, ReportedEvent.DROPPED) and not report.strikes


# When one cause explains most bounces, the fault is not one recipient's server, even in a small broadcast: at least
# five bounces and more than half of eight or more messages. In a larger broadcast a fifth is enough, as for
# `mail-blocked`.
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
"""Rules for one cause each. They come before the general ones, whose messages cannot say what to do."""

HALT_RULES = (
    *BOUNCE_CAUSE_RULES,
    # A fault of ours drops every message. A few that are refused only at their destination (a country that wants
    # senders registered) are no reason to halt the others.
    HaltRule(
        "provider-drops",
        _has_reason(SENDER_FAULT_REASONS),
        (HaltThreshold(reports=5, handed_over=20, share=0.05),),
        "The provider took these messages and then dropped {n:,} of {of:,} for what is the matter with the account or "
        "the sender. Look at its log, mend that, then resume. The dropped ones are not sent again by themselves.",
    ),
    # What is handed over to a full queue is dropped too, and never resent by itself. Halted messages still arrive at a
    # lower pace, which matters most in a crisis.
    HaltRule(
        "queue-overflows",
        _has_reason(QUEUE_OVERFLOW_REASONS),
        (HaltThreshold(reports=5, handed_over=20, share=0.05),),
        "The provider dropped {n:,} of {of:,} texts that had waited too long in its queue: we hand them over faster "
        "than the sender may send. Lower `pace` in config.yaml, start again, then resume. The dropped ones are not "
        "sent again by themselves.",
    ),
    # A block of the sender or of the wording hits most texts of a carrier at once, and shows among the first twenty. If
    # one text in a hundred is blocked by chance, six of the first hundred are blocked in one broadcast of 1,700. Going
    # on worsens the sender's reputation, and the texts do not arrive anyway: the rule halts a crisis, too.
    HaltRule(
        "carriers-block",
        _has_reason(CARRIER_BLOCK_REASONS),
        (HaltThreshold(reports=5, handed_over=20, share=0.05),),
        "Carriers block these texts: {n:,} of {of:,} did not get through. Look at the provider's log, whether the "
        "sender or the wording is what they object to; with another sender or wording, resume.",
    ),
    # One employer's mail server that refuses us may serve a tenth of an audience. A fifth is more than one server: most
    # often an invalid DKIM signature, or a blocklist that many servers use.
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
    # nothing about a rate: at 0.1 %, four broadcasts of a thousand messages in a thousand have five or more complaints.
    # Whoever sends in a crisis has decided that it cannot wait, so complaints do not halt it.
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
    """Count reports by the rules, and halt where a threshold is exceeded. The caller has locked the broadcasts.

    Only the report that changed a delivery's state counts, so that each delivery counts once. A halt resets its rule's
    count: whoever resumes has seen these reports, and only as many new ones halt again.
    """
    _count_by_rules(conn, [(delivery.broadcast, delivery.moved_by) for delivery in told if delivery.moved_by])


def count_receipts_and_halt(
    conn: WriteConnection, broadcast_id: str, receipts: Iterable[Receipt], channel: Channel
) -> None:
    """Count refusals at the handover as `count_and_halt` counts bounces: for email they mean the same.

    The caller has locked the broadcast and recorded the receipts.
    """
    if channel is not Channel.EMAIL:
        return  # a refused text is the provider's answer, which halts by its own outcome
    refused = [
        receipt
        for receipt in receipts
        if receipt.outcome is Outcome.REFUSED and not receipt.suppress and not receipt.strikes
    ]
    _count_by_rules(conn, [(broadcast_id, _report_of_receipt(receipt)) for receipt in refused])


def _report_of_receipt(receipt: Receipt) -> Report:
    return Report("", "", ReportedEvent.BOUNCED, now(), code=receipt.code, detail=receipt.detail)


def _count_by_rules(conn: WriteConnection, reports: Sequence[tuple[str, Report]]) -> None:
    for rule in HALT_RULES:
        counted = Counter(broadcast_id for broadcast_id, report in reports if rule.counts(report))
        for broadcast_id, n in sorted(counted.items()):
            _apply_halt_rule(conn, rule, broadcast_id, n)


def _apply_halt_rule(conn: WriteConnection, rule: HaltRule, broadcast_id: str, n: int) -> None:
    total = halt_counters.add(conn, broadcast_id, rule.name, n)
    by_state = delivery_counters.count_by_state(conn, broadcast_id)
    answered = sum(count for state, count in by_state.items() if state in ANSWERED_STATES)
    if not any(_exceeds(threshold, total, answered) for threshold in rule.thresholds):
        return
    broadcast = broadcasts.get(conn, broadcast_id)
    if broadcast is None or (broadcast.crisis_reason and not rule.in_crisis):
        return
    reason = rule.message.format(n=total, of=answered)
    if broadcast.state in _ENDED_STATES:
        # The count is not reset, for nobody resumes a broadcast that has ended. The cause that was noted first stays.
        if rule.lasting and (broadcast.halt_code == rule.name or not is_about_returned_mail(broadcast.halt_code)):
            note_returned_mail(conn, broadcast, rule.name, reason)
    elif halt_broadcast(conn, broadcast_id, rule.name, reason):
        halt_counters.reset(conn, broadcast_id, rule.name)


_ENDED_STATES = frozenset({BroadcastState.FINISHED, BroadcastState.CANCELLED})


def _exceeds(threshold: HaltThreshold, total: int, answered: int) -> bool:
    return total >= threshold.reports and answered >= threshold.handed_over and total > threshold.share * answered
