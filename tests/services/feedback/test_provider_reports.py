"""Reports are kept, applied in batches, and forgotten."""

import random
import time
from datetime import timedelta
from pathlib import Path

from broadcaster.domain.delivery.reports import ReportedEvent
from broadcaster.ledger.database import tables
from broadcaster.ledger.feedback import reports
from broadcaster.services.feedback import provider_reports
from broadcaster.services.project.project import now
from broadcaster.services.sending import housekeeping
from tests.services.sent import attempts, released, report


def test_the_round_that_a_serving_process_makes_applies_and_forgets(tmp_path: Path) -> None:
    with released(tmp_path / "p", 1) as sent:
        sent.send()
        [one] = attempts(sent)
        provider_reports.receive(sent.project, "toy", [report(one, ReportedEvent.DELIVERED)])
        housekeeping.tidy(sent.project)
        assert sent.states() == {"delivered": 1}
        with sent.project.ledger.writing() as conn:
            conn.execute(
                tables.reports.update().values(
                    received_at=now() - provider_reports.REPORT_RETENTION - timedelta(days=1)
                )
            )
        housekeeping.tidy(sent.project)
        with sent.project.ledger.reading() as conn:
            assert conn.execute(tables.reports.select()).all() == []


def test_a_hundred_thousand_reports_are_done_in_a_bounded_time(tmp_path: Path) -> None:
    """2,000 deliveries, of each a report that came 46 times and four more that did not, in no order."""
    with released(tmp_path / "p", 2000) as sent:
        sent.send()
        again = [report(one, ReportedEvent.DELIVERED) for one in attempts(sent)]
        others = [report(one, ReportedEvent.PUT_OFF) for one in attempts(sent) for _ in range(4)]
        told = [*again * 46, *others]
        assert len(told) == 100_000
        begun = time.monotonic()
        random.Random(7).shuffle(told)
        for start in range(0, len(told), 1000):
            provider_reports.receive(sent.project, "toy", told[start : start + 1000])
        with sent.project.ledger.reading() as conn:
            assert reports.has_waiting(conn)
        assert provider_reports.apply(sent.project) == 10_000
        assert time.monotonic() - begun < 60
        assert sent.states() == {"delivered": 2000}
