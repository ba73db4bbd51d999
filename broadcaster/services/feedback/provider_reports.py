"""Provider reports: first they are stored, then they are applied to the ledger.

Storing is quick, so that the provider gets its answer at once. Any process may apply, several at once, and again after
one died: a report is marked as applied in the transaction that makes its changes.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from broadcaster.domain.delivery.reports import Report
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.ledger import WriteConnection
from broadcaster.ledger.database.errors import LedgerError
from broadcaster.ledger.feedback import report_application, reports
from broadcaster.services.feedback import auto_halt, auto_suppress
from broadcaster.services.project.project import Project, now

REPORTS_PER_TRANSACTION = 500
"""Reports applied in one transaction: some hundredths of a second, for which a sender may have to wait."""

REPORT_RETENTION = timedelta(days=35)
"""How long a report is kept, so that a repeated one is recognised. Providers repeat theirs for a day or two, and mail
servers report for a week."""

PRUNED_PER_TRANSACTION = 5_000
"""Reports deleted in one transaction."""

_log = logging.getLogger(__name__)


def receive(project: Project, provider: str, told: Sequence[Report]) -> int:
    """Store a provider's reports until they are applied; returns how many are new."""
    with project.ledger.writing() as conn:
        return reports.store_new(conn, provider, told)


def apply(project: Project) -> int:
    """Apply the waiting reports that no other process is applying; returns their number.

    A batch that fails is halved until the report that fails is alone. That one is quarantined, and the others are
    applied. Raises LedgerError when the ledger cannot be used: then the reports wait.
    """
    with project.ledger.reading() as conn:
        if not reports.has_waiting(conn):
            return 0  # most often, and then no sender has to wait for a write transaction
    after, total, limit = 0, 0, REPORTS_PER_TRANSACTION
    while True:
        waiting: list[reports.WaitingReport] = []
        try:
            with project.ledger.writing() as conn:
                waiting = reports.list_waiting(conn, after, limit)
                ours = _readable_reports(project, waiting)
                if ours:
                    _apply_batch(conn, ours)
        except Exception as error:
            if not waiting or _is_ledger_unavailable(error):
                raise
            if len(waiting) > 1:
                limit = len(waiting) // 2
                continue
            project.aside.failed(waiting[0].seq)
            _log.error(
                "A report could not be applied and was set aside; it is kept. %s", unforeseen_error(error).message
            )
        else:
            total += len(ours)
            if len(waiting) < limit:
                return total
        after, limit = waiting[-1].seq, min(2 * limit, REPORTS_PER_TRANSACTION)


def _readable_reports(project: Project, waiting: Sequence[reports.WaitingReport]) -> list[reports.WaitingReport]:
    """The reports that are not quarantined. What this version cannot read is quarantined from now on."""
    candidates = [report for report in waiting if report.seq not in project.aside]
    unreadable = [report.seq for report in candidates if report.report is None]
    for seq in unreadable:
        project.aside.unreadable(seq)
    if unreadable:
        _log.warning("%d reports cannot be read by this version; they are kept for a newer one.", len(unreadable))
    return [report for report in candidates if report.report]


def _is_ledger_unavailable(error: Exception) -> bool:
    """Whether the ledger cannot be used at all now, rather than refused this write."""
    return isinstance(error, LedgerError) and type(error) is not LedgerError


def forget_old(project: Project) -> int:
    """Delete reports that nobody will repeat any more; returns their number."""
    before, total = now() - REPORT_RETENTION, 0
    while True:
        with project.ledger.writing() as conn:
            some = reports.remove_old(conn, before, PRUNED_PER_TRANSACTION)
        total += some
        if some < PRUNED_PER_TRANSACTION:
            return total


def _apply_batch(conn: WriteConnection, waiting: Sequence[reports.WaitingReport]) -> None:
    moment = now()
    applied = report_application.apply_reports(conn, waiting, moment)
    auto_suppress.suppress_by_reports(conn, applied.deliveries)
    auto_halt.count_and_halt(conn, applied.deliveries)
    reports.mark_applied(conn, [one.seq for one in waiting], moment)
    if applied.unmatched:
        _log.warning("%d reports were about no delivery of ours, and changed nothing.", applied.unmatched)
