"""Which batch a provider may be given now, and when it may be given more."""

from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.engine import RateLimiter
from broadcaster.ledger.database import tables
from broadcaster.ledger.database.column_types import to_micros
from broadcaster.services.delivering.broadcast_cache import BroadcastCache
from broadcaster.services.delivering.claimed_work import ClaimedWork
from broadcaster.services.delivering.due_work import LONGEST_WAIT, DueWork
from broadcaster.services.delivering.provider_health import ProviderHealth
from broadcaster.services.project.project import now
from tests.services.sent import Sent, released
from tests.services.toy import Toy


def _due_work(sent: Sent, health: ProviderHealth | None = None, pace: tuple[int, float] | None = None) -> DueWork:
    claimed_work = ClaimedWork(sent.project, sent.runner)
    limiter = RateLimiter(sent.project.root / "var" / "pace", {"toy": pace} if pace else {})
    return DueWork(sent.project, claimed_work, BroadcastCache(sent.project), health or ProviderHealth(), limiter)


def test_batches_until_nothing_is_left(tmp_path: Path) -> None:
    with released(tmp_path / "p", 5) as sent:
        due_work = _due_work(sent)
        batches = [due_work.claim_next_batch(sent.toy, 2) for _ in range(4)]
        assert [len(batch) for batch in batches if batch] == [2, 2, 1]
        assert batches[3] is None
        assert due_work.seconds_until_due(sent.toy) is None


def test_another_provider_has_nothing_to_do(tmp_path: Path) -> None:
    with released(tmp_path / "p", 1) as sent:
        other = Toy(name="other")
        assert _due_work(sent).claim_next_batch(other, 2) is None
        assert _due_work(sent).seconds_until_due(other) is None


@pytest.mark.parametrize(("pause", "waits"), [(timedelta(seconds=3), True), (LONGEST_WAIT * 2, False)])
def test_a_paused_provider_gets_nothing_and_is_waited_for_only_so_long(
    tmp_path: Path, pause: timedelta, waits: bool
) -> None:
    with released(tmp_path / "p", 1) as sent:
        health = ProviderHealth()
        health.pause_until("toy", now() + pause)
        due_work = _due_work(sent, health)
        assert due_work.claim_next_batch(sent.toy, 2) is None
        seconds = due_work.seconds_until_due(sent.toy)
        assert (seconds is not None and 0 < seconds <= 3) is waits


def test_what_is_due_later_is_not_waited_for(tmp_path: Path) -> None:
    with released(tmp_path / "p", 1) as sent:
        due_work = _due_work(sent)
        for wait, waits in ((LONGEST_WAIT / 2, True), (LONGEST_WAIT * 2, False)):
            with sent.project.ledger.writing() as conn:
                conn.execute(tables.deliveries.update().values(due_at=to_micros(now() + wait)))
            assert due_work.claim_next_batch(sent.toy, 1) is None
            assert (due_work.seconds_until_due(sent.toy) is not None) is waits


def test_a_used_up_pace_claims_nothing_and_pauses_the_provider(tmp_path: Path) -> None:
    with released(tmp_path / "p", 5) as sent:
        health = ProviderHealth()
        due_work = _due_work(sent, health, (2, 3.0))
        batch = due_work.claim_next_batch(sent.toy, 5)
        assert batch is not None
        assert len(batch) == 2, "no more than the pace allows at once"
        assert due_work.claim_next_batch(sent.toy, 5) is None
        assert health.ready_at("toy", now()) > now()
