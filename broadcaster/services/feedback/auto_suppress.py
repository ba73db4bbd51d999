"""What providers say of an address bars it: a bounce that lasts, a complaint, a no that was said to them.

It happens in the transaction that writes down what was said, so the address is barred from the next batch on.
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
"""Why an address is suppressed, by what happened to a message."""

SUPPRESSION_BY_CODE: dict[str, SuppressionReason] = {
    Reason.OPTED_OUT: SuppressionReason.STOP,
    Reason.UNSUBSCRIBED: SuppressionReason.UNSUBSCRIBED,
    Reason.UNWANTED: SuppressionReason.COMPLAINED,
}
"""Why, by the code, where a provider keeps a word that was given to it and refuses by it. A no to texts is the same as
a STOP that we heard ourselves, so that the same START takes it back."""

SUPPRESSED_AT_ONCE = frozenset({ReportedEvent.COMPLAINED, ReportedEvent.UNSUBSCRIBED})
"""A person's own word, which counts whatever the provider's table says of strikes."""


def suppress_by_reports(conn: WriteConnection, told: Iterable[DeliveryReports]) -> None:
    """Count strikes and suppress. The caller holds the broadcasts.

    Addresses go in one order, so that no two processes wait for each other. A delivery that arrived clears the strikes
    from before it; where reports come so late that a strike was counted in between, the address may be suppressed too
    early, and a person can lift that.
    """
    of: defaultdict[bytes, list[DeliveryReports]] = defaultdict(list)
    for one in told:
        of[one.blind].append(one)
    struck = soft_bounces.find_with_strikes(conn, of)
    heard: list[NewSuppression] = []
    for blind in sorted(of):
        for one in of[blind]:
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
    """Suppress the addresses that the provider's answers say must not be written to again, at once or this time."""
    new: list[tuple[NewSuppression, Receipt]] = []
    for claimed, settled in pairs:
        receipt = settled.receipt
        if receipt.suppress or receipt.strikes > 1:
            with suppress(SealBrokenError):  # altered in the ledger since it was handed over: nobody knows whose it is
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
    """Suppress; the suppression again where it is a person's word that was not known."""
    return [new] if suppressions.add(conn, new) and new.reason in suppressions.SAID_BY_PEOPLE else []


def _log_suppressions(conn: WriteConnection, heard: Iterable[NewSuppression]) -> None:
    """Write down whose word was heard, after all suppressions: a text that stops somebody holds one when it writes."""
    for one in heard:
        detail = {"channel": one.channel.value, "address": one.blind.hex()[:12], "reason": one.reason}
        audit.record_automatic(conn, one.by, "suppress", "suppressions", **detail)


def _reaches_strike_limit(conn: WriteConnection, one: DeliveryReports, report: Report) -> bool:
    """Whether this report is the one too many for an address. One delivery gives at most one strike of several: mail
    servers and providers tell of one failure more than once, in different words.
    """
    if report.happened in SUPPRESSED_AT_ONCE or report.strikes == 1:
        return True
    return (
        report.strikes > 1
        and report is one.moved_by
        and soft_bounces.add_strike(conn, one.blind, report.code, report.at) >= report.strikes
    )
