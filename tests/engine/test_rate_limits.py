"""The pace holds over threads and processes, and a provider without one is not held back."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.engine import RateLimiter, RateLimitError

TAKER = """
import json, sys, time
from pathlib import Path
from broadcaster.engine import RateLimiter
folder, count, seconds, batch, wanted = sys.argv[1], *map(float, sys.argv[2:])
grants = []
limiter = RateLimiter(Path(folder), {"smtp": (int(count), seconds)})
print("ready", flush=True)
sys.stdin.readline()
while len(grants) < wanted:
    before = time.monotonic()
    wait = limiter.take("smtp", int(batch))
    if wait:
        time.sleep(wait)
    else:
        grants.append((before, time.monotonic(), int(batch)))
limiter.close()
print(json.dumps(grants))
"""

Grant = tuple[float, float, int]


def most_within(grants: list[Grant], seconds: float) -> int:
    """The most messages that were surely granted within some window of `seconds`.

    A grant fell somewhere between the question and the answer, so only grants that lie wholly in a window count
    against it: a slow machine can hide a fault here, but cannot make one up.
    """
    return max(
        (sum(n for asked, got, n in grants if start <= asked and got < start + seconds) for start, _, _ in grants),
        default=0,
    )


def test_two_processes_share_one_pace(tmp_path: Path) -> None:
    """Each takes for as long as it needs for its share; both begin once both are there."""
    takers = [
        subprocess.Popen(
            [sys.executable, "-c", TAKER, str(tmp_path), "40", "0.5", str(batch), str(wanted)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for batch, wanted in ((7, 12), (3, 28))
    ]
    for taker in takers:
        assert taker.stdout is not None
        assert taker.stdout.readline() == "ready\n"
    for taker in takers:
        assert taker.stdin is not None
        taker.stdin.write("go\n")
        taker.stdin.flush()
    answers = [json.loads(taker.communicate(timeout=200)[0]) for taker in takers]
    grants = sorted((asked, got, n) for answer in answers for asked, got, n in answer)
    assert sum(n for _, _, n in grants) == 2 * 84
    assert most_within(grants, 0.5) <= 40


def test_the_measure_sees_a_fault() -> None:
    assert most_within([(0.0, 0.0, 30), (0.3, 0.3, 30)], 0.5) == 60
    assert most_within([(0.0, 0.0, 30), (0.5, 0.5, 30)], 0.5) == 30


def test_threads_of_one_process_share_one_pace(tmp_path: Path) -> None:
    grants: list[Grant] = []
    limiter = RateLimiter(tmp_path, {"smtp": (20, 0.2)})

    def take_all() -> None:
        granted = 0
        while granted < 6:
            asked = time.monotonic()
            wait = limiter.take("smtp", 5)
            if wait:
                time.sleep(wait)
            else:
                grants.append((asked, time.monotonic(), 5))
                granted += 1

    threads = [threading.Thread(target=take_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    limiter.close()
    assert len(grants) == 4 * 6
    assert most_within(grants, 0.2) <= 20


def test_waiting_as_long_as_told_is_enough(tmp_path: Path) -> None:
    limiter = RateLimiter(tmp_path, {"twilio": (10, 0.3)})
    while not (wait := limiter.take("twilio", 10)):
        pass  # on a slow machine the time may be over before the second question
    assert wait <= 0.301
    time.sleep(wait)
    assert limiter.take("twilio", 10) == 0
    limiter.close()


def test_without_a_pace_nothing_is_held_back_and_no_file_is_made(tmp_path: Path) -> None:
    limiter = RateLimiter(tmp_path / "pace", {})
    assert [limiter.take("outbox", 100) for _ in range(50)] == [0.0] * 50
    assert limiter.largest("outbox", 50) == 50
    assert not (tmp_path / "pace").exists()


@given(count=st.integers(1, 5000), seconds=st.sampled_from([1.0, 60.0, 3600.0]), limit=st.integers(1, 100))
def test_a_batch_is_at_most_five_seconds_of_pace(
    tmp_path_factory: pytest.TempPathFactory, count: int, seconds: float, limit: int
) -> None:
    largest = RateLimiter(tmp_path_factory.getbasetemp(), {"smtp": (count, seconds)}).largest("smtp", limit)
    assert 1 <= largest <= min(limit, count)
    assert largest == 1 or largest / (count / seconds) <= 5


class TellingClock:
    """A clock that shows what it is told."""

    def __init__(self) -> None:
        self.shown = 1_000_000

    def now(self) -> int:
        return self.shown


@settings(max_examples=60)
@given(steps=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 10)), max_size=40))
def test_the_window_is_never_overfull(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int]]) -> None:
    clock = TellingClock()
    limiter = RateLimiter(tmp_path_factory.mktemp("pace"), {"smtp": (10, 1.0)})
    limiter._paces["smtp"]._clock = clock  # type: ignore[assignment]  # time is told, so that every case is quick
    granted: list[tuple[int, int]] = []
    for pause, messages in steps:
        clock.shown += pause
        wait = limiter.take("smtp", messages)
        assert wait <= 1.001
        if not wait:
            granted.append((clock.shown, messages))
        inside = sum(n for at, n in granted if clock.shown - at < 1000)
        assert inside <= 10
        if wait:
            # Refused only when it did not fit; the window's far edge counts as inside.
            assert messages + sum(n for at, n in granted if clock.shown - at <= 1000) > 10
    limiter.close()


def test_a_machine_started_anew_does_not_wait_for_the_old_clock(tmp_path: Path) -> None:
    clock = TellingClock()
    limiter = RateLimiter(tmp_path, {"smtp": (10, 1.0)})
    limiter._paces["smtp"]._clock = clock  # type: ignore[assignment]  # a clock that can start anew
    assert limiter.take("smtp", 10) == 0
    clock.shown = 5
    assert limiter.take("smtp", 10) == 0
    assert 0 < limiter.take("smtp", 1) <= 1.001
    limiter.close()


def test_more_than_could_ever_go_is_refused(tmp_path: Path) -> None:
    limiter = RateLimiter(tmp_path, {"smtp": (10, 1.0)})
    with pytest.raises(ValueError, match="11 messages"):
        limiter.take("smtp", 11)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "pace").write_text("a file where the folder should be")
    limiter = RateLimiter(tmp_path / "pace", {"smtp": (10, 1.0)})
    with pytest.raises(RateLimitError) as raised:
        limiter.take("smtp", 1)
    assert raised.value.file == str(tmp_path / "pace" / "smtp.db")
    assert "delete" in raised.value.remedy


def test_a_spoilt_file_is_named_and_can_be_deleted(tmp_path: Path) -> None:
    (tmp_path / "smtp.db").write_bytes(b"not a database, whatever it says" * 100)
    limiter = RateLimiter(tmp_path, {"smtp": (10, 1.0)})
    with pytest.raises(RateLimitError):
        limiter.take("smtp", 1)
    (tmp_path / "smtp.db").unlink()
    assert limiter.take("smtp", 1) == 0
    limiter.close()


def test_a_changed_pace_holds_from_the_next_start(tmp_path: Path) -> None:
    before = RateLimiter(tmp_path, {"smtp": (100, 60.0)})
    assert before.take("smtp", before.largest("smtp", 100)) == 0
    before.close()
    after = RateLimiter(tmp_path, {"smtp": (5, 60.0)})
    assert after.take("smtp", 1) > 50
    after.close()
