"""Automatic suppressions: addresses with a permanent bounce, a complaint, or an opt-out said to the provider.

They are written in the transaction that records the report or receipt, and hold from the next batch on.
"""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress

from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.delivery.receipts import Receipt
from broadcaster.domain.delivery.reports import Report, ReportedEvent
from broadcaster.keys import SealBrokenError
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger import WriteConnection
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.delivery.claims import Claimed, SettledAttempt
from broadcaster.ledger.feedback import soft_bounces
from broadcaster.ledger.feedback.report_application import DeliveryReports
from broadcaster.ledger.recipients import suppressions
from broadcaster.ledger.recipients.suppressions import NewSuppression
from broadcaster.providers.reasons import Reason
from broadcaster.services.project.project import now

SUPPRESSION_BY_EVENT = {
    ReportedEvent.PUT_OFF: SuppressionReason.BOUNCED,
    ReportedEvent.DROPPED: SuppressionReason.REFUSED,
    ReportedEvent.BOUNCED: SuppressionReason.BOUNCED,
    ReportedEvent.COMPLAINED: SuppressionReason.COMPLAINED,
    ReportedEvent.UNSUBSCRIBED: SuppressionReason.UNSUBSCRIBED,
}
"""Why an address is suppressed, by the reported event."""

SUPPRESSION_BY_CODE: dict[str, SuppressionReason] = {
    Reason.OPTED_OUT: SuppressionReason.STOP,
    Reason.UNSUBSCRIBED: SuppressionReason.UNSUBSCRIBED,
    Reason.UNWANTED: SuppressionReason.COMPLAINED,
}
"""Why an address is suppressed, by the code, where a provider refuses by an opt-out that it keeps. An opt-out from
texts counts as a STOP that we received, so that a START lifts it, too."""

SUPPRESSED_AT_ONCE = frozenset({ReportedEvent.COMPLAINED, ReportedEvent.UNSUBSCRIBED})
"""Events that the recipients themselves cause. They suppress whatever number of strikes the provider's table has."""


def suppress_by_reports(conn: WriteConnection, told: Iterable[DeliveryReports]) -> None:
    """Count strikes and suppress. The caller has locked the broadcasts.

    Addresses are taken in one order, so that two processes cannot deadlock. A delivery that arrived clears earlier
    strikes. If its report comes late, a strike counted meanwhile may suppress too early; a person can lift that.
    """
    by_address: defaultdict[bytes, list[DeliveryReports]] = defaultdict(list)
    for one in told:
        by_address[one.blind].append(one)
    struck = soft_bounces.find_with_strikes(conn, by_address)
    heard: list[NewSuppression] = []
    for blind in sorted(by_address):
        for one in by_address[blind]:
            for report in one.reports:
                if report.happened is ReportedEvent.DELIVERED and blind in struck:
                    soft_bounces.clear_strikes(conn, blind, report.at)
                elif report.happened in SUPPRESSION_BY_EVENT and _reaches_strike_limit(conn, one, report):
                    reason = SUPPRESSION_BY_CODE.get(report.code, SUPPRESSION_BY_EVENT[report.happened])
                    heard += _add_suppression(
                        conn, NewSuppression(one.channel, blind, one.address, reason, one.provider)
                    )
                if report.strikes > 1:
                    struck.add(blind)
    _log_suppressions(conn, heard)


def suppress_by_receipts(conn: WriteConnection, provider: str, pairs: Iterable[tuple[Claimed, SettledAttempt]]) -> None:
    """Suppress the addresses of receipts that say so, or whose strikes reach their limit."""
    new: list[tuple[NewSuppression, Receipt]] = []
    for claimed, settled in pairs:
        receipt = settled.receipt
        if receipt.suppress or receipt.strikes > 1:
            with suppress(SealBrokenError):  # the address was altered in the ledger since the handover
                address = claimed.payload.address
                blind = blind_address_index(claimed.keyring, claimed.channel, address)
                reason = SUPPRESSION_BY_CODE.get(receipt.code, SuppressionReason.REFUSED)
                new.append((NewSuppression(claimed.channel, blind, address, reason, provider), receipt))
    heard: list[NewSuppression] = []
    for one, receipt in sorted(new, key=lambda pair: pair[0].blind):
        if receipt.suppress or soft_bounces.add_strike(conn, one.blind, receipt.code, now()) >= receipt.strikes:
            heard += _add_suppression(conn, one)
    _log_suppressions(conn, heard)


def _add_suppression(conn: WriteConnection, new: NewSuppression) -> list[NewSuppression]:
    """Suppress; returns the suppression if a person's own word was new, for the audit log."""
    return [new] if suppressions.add(conn, new) and new.reason in suppressions.SAID_BY_PEOPLE else []


def _log_suppressions(conn: WriteConnection, heard: Iterable[NewSuppression]) -> None:
    """Write the audit entries after all suppressions: a STOP by text locks a suppression before it writes its entry."""
    for one in heard:
        detail = {"channel": one.channel.value, "address": one.blind.hex()[:12], "reason": one.reason}
        audit.record_automatic(conn, one.by, "suppress", "suppressions", **detail)


def _reaches_strike_limit(conn: WriteConnection, one: DeliveryReports, report: Report) -> bool:
    """Whether this report suppresses the address.

    A delivery counts as one strike at most, for servers and providers report one failure several times.
    """
    if report.happened in SUPPRESSED_AT_ONCE or report.strikes == 1:
        return True
    return (
        report.strikes > 1
        and report is one.moved_by
        and soft_bounces.add_strike(conn, one.blind, report.code, report.at) >= report.strikes
    )
