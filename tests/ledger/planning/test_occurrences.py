import threading
from datetime import UTC, datetime, timedelta

import pytest

from broadcaster.domain.states import OccurrenceState
from broadcaster.ledger import Ledger
from broadcaster.ledger.planning import occurrences
from tests.ledger.stage import NOW, WALL

_OPEN = {OccurrenceState.PLANNED, OccurrenceState.WAITING}


def test_an_occurrence_is_planned_once_whatever_became_of_it(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        assert occurrences.plan(conn, "weekly", WALL, NOW)
        assert not occurrences.plan(conn, "weekly", WALL, NOW)
        assert occurrences.plan(conn, "other", WALL, NOW)
        found = occurrences.get(conn, "weekly", WALL)
        assert found is not None
        assert (found.campaign, found.wall, found.due_at) == ("weekly", WALL, NOW)
        assert (found.state, found.reason) == (OccurrenceState.PLANNED, "")
        assert occurrences.set_state(conn, found.id, _OPEN, OccurrenceState.SKIPPED, "too-late")
        assert not occurrences.plan(conn, "weekly", WALL, NOW)
        skipped = occurrences.get(conn, "weekly", WALL)
        assert skipped is not None
        assert (skipped.state, skipped.reason) == (OccurrenceState.SKIPPED, "too-late")


def test_the_hour_that_autumn_repeats_is_one_wall_time(ledger: Ledger) -> None:
    wall = datetime(2026, 10, 25, 1, 30)  # noqa: DTZ001 (a wall time)
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    with ledger.writing() as conn:
        assert occurrences.plan(conn, "weekly", wall, first)
        assert not occurrences.plan(conn, "weekly", wall, second)


def test_what_starts_next_and_what_is_unsettled(ledger: Ledger) -> None:
    hours = [timedelta(hours=number) for number in range(4)]
    with ledger.writing() as conn:
        assert occurrences.next_start_after(conn, NOW) is None
        for hour in reversed(hours):
            occurrences.plan(conn, "weekly", WALL + hour, NOW + hour)
        assert occurrences.next_start_after(conn, NOW - hours[1]) == NOW
        assert occurrences.next_start_after(conn, NOW) == NOW + hours[1]
        first, second, *_ = occurrences.list_unsettled(conn, "weekly")
        assert occurrences.set_state(conn, first.id, _OPEN, OccurrenceState.WAITING, "approval")
        assert occurrences.set_state(conn, second.id, _OPEN, OccurrenceState.RELEASED)
        assert occurrences.next_start_after(conn, NOW) == NOW + hours[2]
        assert [one.wall for one in occurrences.list_unsettled(conn, "weekly")] == [
            WALL,
            WALL + hours[2],
            WALL + hours[3],
        ]
        assert [one.wall for one in occurrences.list_since(conn, "weekly", WALL + hours[1])] == [
            WALL + one for one in hours[1:]
        ]
        assert occurrences.list_unsettled(conn, "other") == []


@pytest.mark.parametrize("round_number", range(5))
def test_of_two_that_mark_it_at_once_one_wins(ledger: Ledger, round_number: int) -> None:
    with ledger.writing() as conn:
        occurrences.plan(conn, "weekly", WALL, NOW)
        found = occurrences.get(conn, "weekly", WALL)
    assert found is not None
    answers: list[bool] = []
    barrier = threading.Barrier(4)

    def fire() -> None:
        barrier.wait()
        with ledger.writing() as conn:
            answers.append(occurrences.set_state(conn, found.id, {OccurrenceState.PLANNED}, OccurrenceState.RELEASED))

    threads = [threading.Thread(target=fire) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, False, False, True]
