import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select, text

from broadcaster.domain.delivery.delivery_reasons import DeliveryReason
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.ledger import Ledger, Runner, runner_processes
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.database import tables
from broadcaster.ledger.delivery import claims, deliveries, unsure_deliveries
from broadcaster.ledger.delivery.claims import RunnerGoneError
from broadcaster.ledger.delivery.recovery import RecoveryResult
from broadcaster.ledger.planning import occurrences
from tests.ledger.stage import KEYRING, NOW, WALL, Stage, begin, new_deliveries

# Claims ten deliveries of the broadcast, says so, and waits to be killed.
_CLAIMER = """
import sys, time
from broadcaster.domain.contact.channels import Channel
from broadcaster.ledger import Ledger, Runner
from broadcaster.ledger.delivery import claims
from tests.ledger.stage import KEYRING, NOW
url, broadcast = sys.argv[1:]
ledger = Ledger.open(url, KEYRING)
runner = Runner.register(ledger)
with ledger.writing() as conn:
    request = claims.ClaimRequest(broadcast, Channel.EMAIL, "smtp", [0], 10)
    claimed = claims.claim_deliveries(conn, runner.id, request, NOW)
print(len(claimed), flush=True)
time.sleep(60)
"""


def _recover(ledger: Ledger) -> RecoveryResult:
    with ledger.writing() as conn:
        return claims.recover(conn, NOW)


def _claimer(url: str, broadcast: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _CLAIMER, url, broadcast]
    root = Path(__file__).parents[3]
    env = os.environ | {"PYTHONPATH": str(root)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env=env)
    assert process.stdout is not None
    assert process.stdout.readline() == "10\n"
    return process


def test_what_a_killed_process_was_sending_becomes_unsure_and_not_before(ledger: Ledger, url: str) -> None:
    with Stage.set(ledger, 15) as stage:
        with _claimer(url, stage.broadcast) as process:
            # While its owner lives, nobody touches it, however often they look.
            assert _recover(ledger) == RecoveryResult({}, ())
            assert stage.states() == {DeliveryState.SENDING: 10, DeliveryState.QUEUED: 5}
            process.send_signal(signal.SIGKILL)
            process.wait()
        _until_gone(ledger, stage.broadcast)
        assert stage.states() == {DeliveryState.UNSURE: 10, DeliveryState.QUEUED: 5}
        assert _recover(ledger) == RecoveryResult({}, ())
        with ledger.reading() as conn:
            doubtful = unsure_deliveries.list_unsure(conn, stage.broadcast)
            tries = conn.execute(select(tables.attempts)).all()
            assert [one.id for one in runner_processes.list_not_ended(conn)] == [stage.runner.id]
        assert {(one.reason, one.attempt) for one in doubtful} == {(DeliveryReason.INTERRUPTED, 1)}
        assert {(row.outcome, row.code, row.ended_at) for row in tries} == {("unsure", DeliveryReason.INTERRUPTED, NOW)}
        # The rest goes on, and the doubtful ones are not among it.
        rest = stage.claim(100)
        assert not {one.seq for one in rest} & {one.seq for one in doubtful}
        assert stage.record(rest).finished


def _until_gone(ledger: Ledger, broadcast: str) -> None:
    """PostgreSQL notices the end of a connection a moment after it."""
    for _ in range(1_200):
        found = _recover(ledger)
        if found.unsure:
            assert found == RecoveryResult({broadcast: 10}, ())
            return
        time.sleep(0.05)
    raise AssertionError("the killed process was never found to be gone")


def test_a_living_runner_of_this_process_is_never_recovered(ledger: Ledger) -> None:
    with Stage.set(ledger, 5) as stage:
        stage.claim()
        assert _recover(ledger) == RecoveryResult({}, ())
        with Runner.register(ledger):
            assert _recover(ledger) == RecoveryResult({}, ())
        assert stage.states() == {DeliveryState.SENDING: 5}


def test_a_runner_that_closes_leaves_its_flight_in_doubt(ledger: Ledger) -> None:
    with Stage.set(ledger, 5) as stage:
        stage.record(stage.claim(2))
        flying = stage.claim(2)
        stage.runner.close()
        assert _recover(ledger) == RecoveryResult({stage.broadcast: 2}, ())
        assert stage.states() == {DeliveryState.ACCEPTED: 2, DeliveryState.UNSURE: 2, DeliveryState.QUEUED: 1}
        with pytest.raises(RunnerGoneError):
            stage.claim()
        # It was not dead after all: what it knows still counts.
        assert stage.record(flying).moved == 2
        assert stage.states() == {DeliveryState.ACCEPTED: 4, DeliveryState.QUEUED: 1}
        stage.runner = Runner.register(ledger)


def test_a_broadcast_whose_last_deliveries_become_unsure_is_finished(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        stage.claim()
        stage.runner.close()
        _recover(ledger)
        assert stage.state() is BroadcastState.FINISHED
        stage.runner = Runner.register(ledger)


def test_what_was_claimed_while_its_runner_was_being_buried_is_found_too(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        stage.claim()
        with ledger.writing() as conn:
            conn.execute(tables.runners.update().values(ended_at=NOW))
        assert _recover(ledger) == RecoveryResult({stage.broadcast: 2}, ())


def test_a_release_that_its_process_did_not_finish_is_taken_back(ledger: Ledger) -> None:
    with Stage.set(ledger, 1) as stage:
        gone = Runner.register(ledger)
        half = begin(ledger, gone, "half")
        with ledger.writing() as conn:
            deliveries.insert(conn, half, new_deliveries(range(30)))
        assert _recover(ledger).discarded == ()
        gone.close()
        assert _recover(ledger).discarded == (half,)
        with ledger.reading() as conn:
            assert broadcasts.get(conn, half) is None
            occurrence = occurrences.get(conn, "half", WALL)
            assert occurrence is not None
            assert broadcasts.get_of_occurrence(conn, occurrence.id) is None
            for table in (tables.deliveries, tables.counters, tables.zones):
                left = conn.execute(select(table.c.broadcast)).scalars().all()
                assert set(left) == {broadcasts.seq_of(conn, stage.broadcast)}
        # It can be released again, by somebody else.
        assert begin(ledger, stage.runner, "half") != half


def test_what_is_released_already_is_not_discarded(ledger: Ledger) -> None:
    with Stage.set(ledger, 3) as stage, ledger.writing() as conn:
        assert not broadcasts.discard(conn, stage.broadcast)


def test_a_cleared_away_lock_file_does_not_make_a_living_process_dead(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    with Ledger.open(url, KEYRING) as ledger, Stage.set(ledger, 10) as stage:
        with _claimer(url, stage.broadcast) as process:
            for file in (tmp_path / "ledger.db.runners").iterdir():
                if file.name != stage.runner.id:
                    file.unlink()
            assert _recover(ledger) == RecoveryResult({}, ())
            process.kill()
            process.wait()
        assert _recover(ledger) == RecoveryResult({stage.broadcast: 10}, ())


def test_a_ledger_brought_from_another_machine_is_recovered(tmp_path: Path) -> None:
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", KEYRING) as ledger, Stage.set(ledger, 3) as stage:
        stage.claim()
        with ledger.writing() as conn:
            conn.execute(tables.runners.update().values(host="elsewhere.example", pid=1))
        stage.runner.close()
        for file in (tmp_path / "ledger.db.runners").iterdir():
            file.unlink()
        assert _recover(ledger) == RecoveryResult({stage.broadcast: 3}, ())
        stage.runner = Runner.register(ledger)


def test_lock_files_do_not_pile_up(tmp_path: Path) -> None:
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", KEYRING) as ledger:
        for _ in range(5):
            Runner.register(ledger).close()
        _recover(ledger)
        assert list((tmp_path / "ledger.db.runners").iterdir()) == []


def test_a_runner_is_listed_and_a_resend_after_recovery_is_a_second_attempt(ledger: Ledger) -> None:
    with Stage.set(ledger, 1) as stage:
        with ledger.reading() as conn:
            [known] = runner_processes.list_not_ended(conn)
        assert known.pid == os.getpid()
        stage.claim()
        stage.runner.close()
        _recover(ledger)
        stage.runner = Runner.register(ledger)
        with ledger.writing() as conn:
            unsure_deliveries.settle(conn, stage.broadcast, None, DeliveryState.QUEUED)
        [again] = stage.claim()
        assert again.attempt == 2
        stage.record([again], Outcome.ACCEPTED)
        with ledger.reading() as conn:
            assert conn.execute(text("SELECT count(*) FROM attempts")).scalar() == 2


def test_looking_whether_a_runner_lives_settles_nothing_and_is_right(ledger: Ledger, url: str) -> None:
    with Stage.set(ledger, 15) as stage:
        with _claimer(url, stage.broadcast) as process:
            assert len(_living(ledger)) == 2
            process.send_signal(signal.SIGKILL)
            process.wait()
        end = time.monotonic() + 20
        while len(_living(ledger)) == 2 and time.monotonic() < end:
            time.sleep(0.05)  # the server hears of a connection's end a moment later
        assert _living(ledger) == [stage.runner.id]
        with ledger.reading() as conn:
            assert len(runner_processes.list_not_ended(conn)) == 2
        assert stage.states() == {DeliveryState.SENDING: 10, DeliveryState.QUEUED: 5}
        assert _recover(ledger).unsure == {stage.broadcast: 10}


def _living(ledger: Ledger) -> list[str]:
    with ledger.reading() as conn:
        return [one.id for one in runner_processes.list_living(conn)]


def test_what_was_put_off_is_sent_although_all_seemed_over(ledger: Ledger) -> None:
    """A process is taken for dead, all it had becomes unsure and the broadcast finished; then it says what it knows."""
    with Stage.set(ledger, 2) as stage:
        flying = stage.claim()
        stage.runner.close()
        assert _recover(ledger) == RecoveryResult({stage.broadcast: 2}, ())
        assert stage.state() is BroadcastState.FINISHED
        stage.runner = Runner.register(ledger)
        stage.record(flying[:1])
        stage.record(flying[1:], Outcome.UNTRIED)
        assert stage.states() == {DeliveryState.ACCEPTED: 1, DeliveryState.QUEUED: 1}
        assert stage.state() is BroadcastState.SENDING
        stage.record(stage.claim())
        assert stage.states() == {DeliveryState.ACCEPTED: 2}
        assert stage.state() is BroadcastState.FINISHED


def test_a_runner_that_was_taken_for_dead_comes_back(ledger: Ledger) -> None:
    """On PostgreSQL its proof can be taken from it: the server is restarted, or somebody ends its session."""
    if ledger.engines.file is not None:
        pytest.skip("nothing takes the lock of a file from a process that lives")
    with Stage.set(ledger, 3) as stage:
        flying = stage.claim(1)
        with ledger.writing() as conn:
            conn.execute(text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"))
        recovered = RecoveryResult({}, ())
        for _ in range(1_200):
            recovered = _recover(ledger)
            if recovered.unsure:
                break
            time.sleep(0.02)
        assert recovered == RecoveryResult({stage.broadcast: 1}, ())
        ledger.renew_process_locks()
        stage.record(flying)
        stage.record(stage.claim())
        assert stage.states() == {DeliveryState.ACCEPTED: 3}
        assert _recover(ledger) == RecoveryResult({}, ())
