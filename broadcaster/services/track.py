"""What comes back from the providers changes the ledger: first it is kept, then it is applied.

Keeping is quick, so that a provider is answered at once. Applying may be done by any process, by several at once, and
again after a death in the middle: a report is marked in the transaction that changes what it changes.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from broadcaster.domain.reports import Report
from broadcaster.ledger import Connection, applying, reports
from broadcaster.services import bar, brake
from broadcaster.services.project import Project, now

BATCH = 500
"""Reports applied in one transaction: it takes some hundredths of a second, and a sender may wait for it."""

KEPT = timedelta(days=35)
"""How long it is remembered that a report came. Providers repeat theirs for a day or two; mail servers report for a
week; a month is beyond all of them."""

PRUNED = 5_000
"""Reports forgotten in one transaction."""

_log = logging.getLogger(__name__)


def receive(project: Project, provider: str, told: Sequence[Report]) -> int:
    """Keep what a provider reported; how much of it was new. It waits for `apply`."""
    with project.ledger.writing() as conn:
        return reports.store(conn, provider, told)


def apply(project: Project) -> int:
    """Apply whatever waits and nobody else is just applying; how many reports that were."""
    with project.ledger.reading() as conn:
        if not reports.any_waiting(conn):
            return 0  # most often; and nobody who sends had to wait for it
    after = total = 0
    while True:
        with project.ledger.writing() as conn:
            waiting = reports.take(conn, after, BATCH)
            _apply(conn, waiting)
        total += len(waiting)
        if len(waiting) < BATCH:
            return total
        after = waiting[-1].seq


def forget_old(project: Project) -> int:
    """Forget reports that nobody will repeat any more; how many."""
    before, total = now() - KEPT, 0
    while True:
        with project.ledger.writing() as conn:
            some = reports.prune(conn, before, PRUNED)
        total += some
        if some < PRUNED:
            return total


def _apply(conn: Connection, waiting: Sequence[reports.Waiting]) -> None:
    moment = now()
    applied = applying.apply(conn, waiting, moment)
    bar.by_reports(conn, applied.told)
    brake.press(conn, applied.told)
    reports.mark_applied(conn, [one.seq for one in waiting], moment)
    if applied.strangers:
        _log.warning("%d reports were about no delivery of ours, and changed nothing.", applied.strangers)
