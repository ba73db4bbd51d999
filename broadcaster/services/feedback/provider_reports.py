"""What comes back from the providers changes the ledger: first it is kept, then it is applied.

Keeping is quick, so that a provider is answered at once. Applying may be done by any process, by several at once, and
again after a death in the middle: a report is marked in the transaction that changes what it changes.
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
"""Reports applied in one transaction: it takes some hundredths of a second, and a sender may wait for it."""

REPORT_RETENTION = timedelta(days=35)
"""How long it is remembered that a report came. Providers repeat theirs for a day or two; mail servers report for a
week; a month is beyond all of them."""

PRUNED_PER_TRANSACTION = 5_000
"""Reports forgotten in one transaction."""

_log = logging.getLogger(__name__)


def receive(project: Project, provider: str, told: Sequence[Report]) -> int:
    """Keep what a provider reported; how much of it was new. It waits for `apply`."""
    with project.ledger.writing() as conn:
        return reports.store_new(conn, provider, told)


def apply(project: Project) -> int:
    """Apply whatever waits and nobody else is just applying; how many reports that were.

    A batch that fails is halved until the report that it fails for stands alone; that one is set aside, and the others
    are applied. Raises LedgerError when the ledger cannot be used: then they wait.
    """
    with project.ledger.reading() as conn:
        if not reports.has_waiting(conn):
            return 0  # most often; and nobody who sends had to wait for it
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
    """Those that are not set aside; what this version cannot read is, from now on."""
    here = [one for one in waiting if one.seq not in project.aside]
    strange = [one.seq for one in here if one.report is None]
    for seq in strange:
        project.aside.unreadable(seq)
    if strange:
        _log.warning("%d reports cannot be read by this version; they are kept for a newer one.", len(strange))
    return [one for one in here if one.report]


def _is_ledger_unavailable(error: Exception) -> bool:
    """Whether it is the ledger that cannot be used now, whatever is written to it."""
    return isinstance(error, LedgerError) and type(error) is not LedgerError


def forget_old(project: Project) -> int:
    """Forget reports that nobody will repeat any more; how many."""
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
