"""One report that nobody can do anything with stops none of the others, and is not lost."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from broadcaster.domain.delivery.outgoing_messages import Outgoing
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.delivery.reports import Report, ReportedEvent
from broadcaster.ledger.database import tables
from broadcaster.ledger.database.errors import LedgerFullError
from broadcaster.services.feedback import provider_reports
from broadcaster.services.project import quarantined_reports
from broadcaster.services.project.quarantined_reports import QuarantinedReports
from broadcaster.services.sending import housekeeping
from tests.services.sent import Sent, attempts, released, report
from tests.services.toy import Toy

CANARY = "canarybird"


def _waiting(sent: Sent) -> list[str]:
    table = tables.reports
    with sent.project.ledger.reading() as conn:
        return list(conn.execute(select(table.c.body).where(table.c.applied_at.is_(None))).scalars())


def _received(sent: Sent, bad: Report, **changes: object) -> None:
    """A report comes to stand in the ledger as some other version would write it."""
    provider_reports.receive(sent.project, "toy", [bad])
    table = tables.reports
    with sent.project.ledger.writing() as conn:
        body = conn.execute(select(table.c.body).where(table.c.key == bad.key)).scalar_one()
        conn.execute(table.update().where(table.c.key == bad.key).values(body=json.dumps(json.loads(body) | changes)))


@pytest.mark.parametrize("odd", ["\ud83d", "\x00", "\u202e"])
def test_what_no_database_takes_stops_nothing(tmp_path: Path, odd: str) -> None:
    with released(tmp_path / "p", 2) as sent:
        sent.send()
        first, second = attempts(sent)
        bad = Report(
            f"k{odd}",
            first,
            ReportedEvent.BOUNCED,
            report("", ReportedEvent.TAKEN).at,
            f"r{odd}",
            f"c{odd}",
            f"d{odd}",
            1,
        )
        assert provider_reports.receive(sent.project, "toy", [bad]) == 1
        assert provider_reports.receive(sent.project, "toy", [bad, report(second, ReportedEvent.COMPLAINED)]) == 1
        assert provider_reports.apply(sent.project) == 2
        assert sent.suppressed() == {"person0@example.org": "bounced", "person1@example.org": "complained"}
        assert provider_reports.apply(sent.project) == 0


def test_an_answer_that_no_database_takes_ends_no_lane(tmp_path: Path) -> None:
    def answer(message: Outgoing) -> Receipt:
        return Receipt(message.delivery_id, Outcome.ACCEPTED, reference="r\ud83d", detail="250 \ud83d\x00 ok")

    with released(tmp_path / "p", 3, Toy(answer=answer)) as sent:
        sent.send()
        assert sent.states() == {"accepted": 3}
        with sent.project.ledger.reading() as conn:
            told = conn.execute(select(tables.attempts.c.reference, tables.attempts.c.detail)).all()
        assert {tuple(row) for row in told} == {("r", "250  ok")}


def _said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What we log, whatever else is logged by others."""
    return [record.getMessage() for record in caplog.records if record.name.startswith("broadcaster.")]


@pytest.mark.parametrize("place", [0, 1, 4, 6])
def test_the_one_that_fails_is_set_aside_and_the_others_are_applied(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, place: int
) -> None:
    with released(tmp_path / "p", 7) as sent:
        sent.send()
        for number, one in enumerate(attempts(sent)):
            if number == place:
                _received(sent, report(one, ReportedEvent.BOUNCED, detail=CANARY), strikes=CANARY)
            else:
                provider_reports.receive(sent.project, "toy", [report(one, ReportedEvent.COMPLAINED)])
        assert provider_reports.apply(sent.project) == 6
        assert sent.states() == {"complained": 6, "accepted": 1}
        assert len(_said(caplog)) == 1
        [kept] = _waiting(sent)
        assert CANARY in kept
        assert CANARY not in caplog.text

        # It is passed over from now on, and whatever else there is to do is done.
        provider_reports.receive(sent.project, "toy", [report(attempts(sent)[place], ReportedEvent.DELIVERED)])
        housekeeping.tidy(sent.project)
        assert sent.states() == {"complained": 6, "delivered": 1}
        assert provider_reports.apply(sent.project) == 0
        assert len(_said(caplog)) == 1

        # Whoever can, does it later.
        with sent.project.ledger.writing() as conn:
            waits = tables.reports.c.applied_at.is_(None)
            conn.execute(tables.reports.update().where(waits).values(body=kept.replace(f'"{CANARY}"', "1")))
        assert provider_reports.apply(replace(sent.project, aside=QuarantinedReports())) == 1
        assert sent.states() == {"complained": 6, "bounced": 1}


def test_what_failed_is_tried_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    found = QuarantinedReports()
    found.failed(7)
    assert 7 in found
    assert 8 not in found
    monkeypatch.setattr(quarantined_reports, "RETRY_AFTER_SECONDS", 0.0)
    found.failed(7)
    assert 7 not in found


def test_many_that_fail_among_many(tmp_path: Path) -> None:
    with released(tmp_path / "p", 100) as sent:
        sent.send()
        told = [report(one, ReportedEvent.COMPLAINED) for one in attempts(sent)]
        provider_reports.receive(sent.project, "toy", told)
        strange = {
            "key": "k",
            "attempt_id": told[0].attempt_id,
            "happened": "bounced",
            "at": "2026-12-01",
            "strikes": "x",
        }
        with sent.project.ledger.writing() as conn:
            bad = tables.reports.c.key.in_([one.key for one in told[:100:5]])
            conn.execute(tables.reports.update().where(bad).values(body=json.dumps(strange | {"strikes": "x"})))
        assert provider_reports.apply(sent.project) == 80
        assert provider_reports.apply(sent.project) == 0
        assert len(_waiting(sent)) == 20


def test_an_older_version_leaves_a_newer_ones_reports_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with released(tmp_path / "p", 2) as sent:
        sent.send()
        first, second = attempts(sent)
        _received(sent, report(first, ReportedEvent.COMPLAINED), happened="reported-as-spam", more=CANARY)
        provider_reports.receive(sent.project, "toy", [report(second, ReportedEvent.COMPLAINED)])
        before = [body for body in _waiting(sent) if CANARY in body]
        assert provider_reports.apply(sent.project) == 1
        assert provider_reports.apply(sent.project) == 0
        housekeeping.tidy(sent.project)
        assert _waiting(sent) == before
        assert sent.states() == {"accepted": 1, "complained": 1}
        assert _said(caplog) == ["1 reports cannot be read by this version; they are kept for a newer one."]


def test_a_ledger_that_is_full_is_no_reports_fault(tmp_path: Path) -> None:
    with released(tmp_path / "p", 400) as sent:
        sent.send()
        provider_reports.receive(sent.project, "toy", [report(one, ReportedEvent.COMPLAINED) for one in attempts(sent)])
        with sent.project.ledger.engines.writer.connect() as conn:
            pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
            conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(LedgerFullError):
            provider_reports.apply(sent.project)
        assert sent.states() == {"accepted": 400}
        with sent.project.ledger.engines.writer.connect() as conn:
            conn.exec_driver_sql("PRAGMA max_page_count = 1073741823")
        assert provider_reports.apply(sent.project) == 400
