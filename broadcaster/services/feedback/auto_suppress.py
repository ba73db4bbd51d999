"""What providers say of an address bars it: a bounce that lasts, a complaint, a no that was said to them.

It happens in the transaction that writes down what was said, so the address is barred from the next batch on.
"""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress

from broadcaster.domain.receipts import Receipt
from broadcaster.domain.reports import Happened, Report
from broadcaster.domain.suppression import SuppressionReason
from broadcaster.keys import SealBrokenError
from broadcaster.keys.address_index import blind_of
from broadcaster.ledger import WriteConnection, audit, soft_bounces, suppressions
from broadcaster.ledger.audit import Entry
from broadcaster.ledger.claims import Claimed, Settled
from broadcaster.ledger.report_application import Told
from broadcaster.ledger.suppressions import NewSuppression
from broadcaster.providers.reasons import Reason
from broadcaster.services.project.project import now

BY_HAPPENED = {
    Happened.PUT_OFF: SuppressionReason.BOUNCED,
    Happened.DROPPED: SuppressionReason.REFUSED,
    Happened.BOUNCED: SuppressionReason.BOUNCED,
    Happened.COMPLAINED: SuppressionReason.COMPLAINED,
    Happened.UNSUBSCRIBED: SuppressionReason.UNSUBSCRIBED,
}
"""Why an address is suppressed, by what happened to a message."""

BY_CODE: dict[str, SuppressionReason] = {
    Reason.OPTED_OUT: SuppressionReason.STOP,
    Reason.UNSUBSCRIBED: SuppressionReason.UNSUBSCRIBED,
    Reason.UNWANTED: SuppressionReason.COMPLAINED,
}
"""Why, by the code, where a provider keeps a word that was given to it and refuses by it. A no to texts is the same as
a STOP that we heard ourselves, so that the same START takes it back."""

AT_ONCE = frozenset({Happened.COMPLAINED, Happened.UNSUBSCRIBED})
"""A person's own word, which counts whatever the provider's table says of strikes."""


def by_reports(conn: WriteConnection, told: Iterable[Told]) -> None:
    """Count strikes and suppress. The caller holds the broadcasts.

    Addresses go in one order, so that no two processes wait for each other. A delivery that arrived clears the strikes
    from before it; where reports come so late that a strike was counted in between, the address may be suppressed too
    early, and a person can lift that.
    """
    of: defaultdict[bytes, list[Told]] = defaultdict(list)
    for one in told:
        of[one.blind].append(one)
    struck = soft_bounces.among(conn, of)
    heard: list[NewSuppression] = []
    for blind in sorted(of):
        for one in of[blind]:
            for report in one.reports:
                if report.happened is Happened.DELIVERED and blind in struck:
                    soft_bounces.clear(conn, blind, report.at)
                elif report.happened in BY_HAPPENED and _is_out(conn, one, report):
                    reason = BY_CODE.get(report.code, BY_HAPPENED[report.happened])
                    heard += _add(conn, NewSuppression(one.channel, blind, one.address, reason, one.provider))
                if report.strikes > 1:
                    struck.add(blind)
    _log(conn, heard)


def by_receipts(conn: WriteConnection, provider: str, pairs: Iterable[tuple[Claimed, Settled]]) -> None:
    """Suppress the addresses that the provider's answers say must not be written to again, at once or this time."""
    new: list[tuple[NewSuppression, Receipt]] = []
    for claimed, settled in pairs:
        receipt = settled.receipt
        if receipt.suppress or receipt.strikes > 1:
            with suppress(SealBrokenError):  # altered in the ledger since it was handed over: nobody knows whose it is
                address = claimed.payload.address
                blind = blind_of(claimed.keyring, claimed.channel, address)
                reason = BY_CODE.get(receipt.code, SuppressionReason.REFUSED)
                new.append((NewSuppression(claimed.channel, blind, address, reason, provider), receipt))
    heard: list[NewSuppression] = []
    for one, receipt in sorted(new, key=lambda pair: pair[0].blind):
        if receipt.suppress or soft_bounces.add(conn, one.blind, receipt.code, now()) >= receipt.strikes:
            heard += _add(conn, one)
    _log(conn, heard)


def _add(conn: WriteConnection, new: NewSuppression) -> list[NewSuppression]:
    """Suppress; the suppression again where it is a person's word that was not known."""
    return [new] if suppressions.add(conn, new) and new.reason in suppressions.SAID else []


def _log(conn: WriteConnection, heard: Iterable[NewSuppression]) -> None:
    """Write down whose word was heard, after all suppressions: a text that stops somebody holds one when it writes."""
    for one in heard:
        detail = {"channel": one.channel.value, "address": one.blind.hex()[:12], "reason": one.reason}
        audit.write(conn, Entry(one.by, "suppress", "suppressions", detail))


def _is_out(conn: WriteConnection, one: Told, report: Report) -> bool:
    """Whether this report is the one too many for an address. One delivery gives at most one strike of several: mail
    servers and providers tell of one failure more than once, in different words.
    """
    if report.happened in AT_ONCE or report.strikes == 1:
        return True
    return (
        report.strikes > 1
        and report is one.said
        and soft_bounces.add(conn, one.blind, report.code, report.at) >= report.strikes
    )
