"""Reports that halt a broadcast."""

from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.domain.delivery.reports import ReportedEvent
from broadcaster.domain.states import BroadcastState
from broadcaster.ledger.database import tables
from broadcaster.ledger.database.column_types import to_micros
from broadcaster.services.project.project import now
from broadcaster.services.sending import control
from tests.services.sent import Sent, attempts, released, report


@pytest.mark.parametrize(
    ("people", "blocked", "crisis", "halts"),
    [(20, 5, "", True), (20, 5, "it cannot wait", True), (19, 5, "", False), (20, 4, "", False), (120, 6, "", False)],
)
def test_a_broadcast_that_carriers_block_is_halted(
    tmp_path: Path, people: int, blocked: int, crisis: str, halts: bool
) -> None:
    with released(tmp_path / "p", people + 1, crisis=crisis) as sent:
        _hold_one_back(sent)
        told = [report(one, ReportedEvent.BOUNCED, code="carrier-filtered") for one in attempts(sent)[:blocked]]
        sent.told(told[:-1])
        assert sent.fresh().state is BroadcastState.SENDING
        sent.told(told[-1:])
        found = sent.fresh()
        assert (found.state is BroadcastState.PAUSED) is halts
        if halts:
            assert found.halt_code == "carriers-block"
            assert found.halt_reason.startswith("Carriers block these texts: 5 of 20 did not get through.")


@pytest.mark.parametrize(
    ("code", "people", "told", "halted"),
    [
        ("sender-not-registered", 20, 5, "provider-drops"),
        ("account-suspended", 100, 6, "provider-drops"),
        ("account-suspended", 120, 6, ""),
        ("blocked", 100, 21, "mail-blocked"),
        ("blocked", 100, 20, ""),
        ("blocked", 99, 60, ""),
        ("address-unknown", 100, 60, ""),
    ],
)
def test_other_reasons_to_halt(tmp_path: Path, code: str, people: int, told: int, halted: str) -> None:
    with released(tmp_path / "p", people + 1) as sent:
        _hold_one_back(sent)
        sent.told([report(one, ReportedEvent.BOUNCED, code=code) for one in attempts(sent)[:told]])
        assert sent.fresh().halt_code == halted


@pytest.mark.parametrize("code", ["provider-queue-full", "expired-at-provider"])
def test_a_pace_above_the_senders_halts_before_all_is_dropped(tmp_path: Path, code: str) -> None:
    with released(tmp_path / "p", 21, crisis="it cannot wait") as sent:
        _hold_one_back(sent)
        sent.told([report(one, ReportedEvent.DROPPED, code=code) for one in attempts(sent)[:5]])
        assert (sent.fresh().state, sent.fresh().halt_code) == (BroadcastState.PAUSED, "queue-overflows")
        assert "5 of 20" in sent.fresh().halt_reason
        assert "pace" in sent.fresh().halt_reason


def test_whoever_resumes_is_halted_again_only_by_as_much_once_more(tmp_path: Path) -> None:
    with released(tmp_path / "p", 41) as sent:
        _hold_one_back(sent)
        told = [report(one, ReportedEvent.BOUNCED, code="carrier-blocked") for one in attempts(sent)[:10]]
        sent.told(told[:5])
        assert sent.fresh().state is BroadcastState.PAUSED
        control.resume(sent.project, sent.broadcast)
        sent.told(told[5:9])
        assert sent.fresh().state is BroadcastState.SENDING
        sent.told(told[9:])
        assert sent.fresh().state is BroadcastState.PAUSED


@pytest.mark.parametrize(("people", "complaints", "crisis", "halts"), [(1000, 5, "", True), (999, 5, "", False)])
def test_complaints_halt_what_goes_on(tmp_path: Path, people: int, complaints: int, crisis: str, halts: bool) -> None:
    with released(tmp_path / "p", people + 1, crisis=crisis) as sent:
        _hold_one_back(sent)
        sent.told([report(one, ReportedEvent.COMPLAINED) for one in attempts(sent)[:complaints]])
        assert (sent.fresh().halt_code == "complaints") is halts


def test_complaints_do_not_halt_a_crisis(tmp_path: Path) -> None:
    with released(tmp_path / "p", 1001, crisis="it cannot wait") as sent:
        _hold_one_back(sent)
        sent.told([report(one, ReportedEvent.COMPLAINED) for one in attempts(sent)[:5]])
        assert sent.fresh().state is BroadcastState.SENDING


def _hold_one_back(sent: Sent) -> None:
    """Send to all but the last, so that the broadcast goes on."""
    table = tables.deliveries
    with sent.project.ledger.writing() as conn:
        last = table.c.id == sent.deliveries()[-1].id
        conn.execute(table.update().where(last).values(due_at=to_micros(now() + timedelta(days=1))))
    sent.send()
