from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.ledger import Ledger
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.broadcasting.broadcasts import UnknownBroadcastError
from broadcaster.ledger.database import tables
from broadcaster.ledger.delivery import claims, deliveries, unsure_deliveries
from tests.ledger.stage import NOW, Stage, begin, new_deliveries, settled


def test_what_became_of_it_is_written_to_the_attempt_and_the_delivery(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        first, second = stage.claim()
        stage.record([first])
        done = stage.record([second], Outcome.REFUSED)
        assert (done.moved, done.superseded, done.finished) == (1, (), True)
        with ledger.reading() as conn:
            rows = {row.delivery: row for row in conn.execute(select(tables.attempts))}
            refused = deliveries.get(conn, second.id)
        assert (rows[first.seq].outcome, rows[first.seq].code) == ("accepted", "")
        assert (rows[first.seq].phase, rows[first.seq].detail) == ("final-dot", "250 ok")
        assert (rows[first.seq].reference, rows[first.seq].ended_at) == (f"ref-{first.id}", NOW)
        assert rows[second.seq].outcome == "refused"
        assert refused is not None
        assert (refused.state, refused.reason) == (DeliveryState.REFUSED, "was-refused")


@pytest.mark.parametrize("odd", ["\ud83d", "\x00"])
def test_what_no_database_takes_does_not_keep_the_rest_from_being_written_down(ledger: Ledger, odd: str) -> None:
    with Stage.set(ledger, 2) as stage:
        first, second = (settled(one, Outcome.ACCEPTED) for one in stage.claim())
        first = replace(first, receipt=replace(first.receipt, reference=f"r{odd}", detail=f"250{odd} ok"))
        with ledger.writing() as conn:
            assert claims.record_results(conn, stage.broadcast, [first, second], NOW).moved == 2
        with ledger.reading() as conn:
            rows = {row.delivery: row for row in conn.execute(select(tables.attempts))}
        assert (rows[first.seq].reference, rows[first.seq].detail) == ("r", "250 ok")


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.REFUSED, Outcome.UNSURE])
def test_the_last_record_finishes_the_broadcast(ledger: Ledger, outcome: Outcome) -> None:
    with Stage.set(ledger, 3) as stage:
        claimed = stage.claim()
        assert not stage.record(claimed[:2]).finished
        assert stage.state() is BroadcastState.SENDING
        assert stage.record(claimed[2:], outcome).finished
        assert stage.state() is BroadcastState.FINISHED
        with ledger.reading() as conn:
            broadcast = broadcasts.get(conn, stage.broadcast)
        assert broadcast is not None
        assert broadcast.finished_at is not None


@pytest.mark.parametrize("outcome", [Outcome.LATER, Outcome.UNTRIED])
def test_what_goes_back_into_the_queue_keeps_the_broadcast_going(ledger: Ledger, outcome: Outcome) -> None:
    with Stage.set(ledger, 1) as stage:
        assert not stage.record(stage.claim(), outcome).finished
        assert stage.states() == {DeliveryState.QUEUED: 1}
        [again] = stage.claim()
        assert again.attempt == 2


def test_recording_twice_changes_nothing_the_second_time(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        claimed = stage.claim()
        stage.record(claimed)
        second = stage.record(claimed, Outcome.REFUSED)
        assert (second.moved, set(second.superseded)) == (0, {one.seq for one in claimed})
        assert stage.states() == {DeliveryState.ACCEPTED: 2}


def test_an_old_attempt_cannot_settle_a_newer_one(ledger: Ledger) -> None:
    with Stage.set(ledger, 1) as stage:
        [old] = stage.claim()
        stage.record([old], Outcome.LATER)
        stage.claim()
        late = stage.record([old])
        assert (late.moved, late.superseded) == (0, (old.seq,))
        assert stage.states() == {DeliveryState.SENDING: 1}


def test_another_broadcasts_deliveries_are_strays(ledger: Ledger) -> None:
    with Stage.set(ledger, 1) as stage:
        other = begin(ledger, stage.runner, "other")
        with ledger.writing() as conn:
            deliveries.insert(conn, other, new_deliveries([7]))
        [one] = stage.claim()
        with ledger.writing() as conn:
            stray = claims.record_results(conn, other, [settled(one, Outcome.ACCEPTED)], NOW)
        assert stray.superseded == (one.seq,)
        assert stage.states() == {DeliveryState.SENDING: 1}


def test_a_late_receipt_settles_what_was_taken_for_unsure(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        one, other = stage.claim()
        stage.record([one, other], Outcome.UNSURE)
        assert stage.record([one]).moved == 1
        with ledger.writing() as conn:
            unsure_deliveries.settle(conn, stage.broadcast, [other.id], DeliveryState.HELD)
        # A person has spoken: evidence no longer moves it by itself.
        assert stage.record([other]).moved == 0
        assert stage.states() == {DeliveryState.ACCEPTED: 1, DeliveryState.HELD: 1}


def test_in_a_cancelled_broadcast_nothing_goes_back_into_the_queue(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        accepted, later = stage.claim()
        with ledger.writing() as conn:
            broadcasts.set_state(conn, stage.broadcast, {BroadcastState.SENDING}, BroadcastState.CANCELLED)
        stage.record([accepted])
        stage.record([later], Outcome.LATER)
        assert stage.states() == {DeliveryState.ACCEPTED: 1, DeliveryState.SKIPPED: 1}
        assert stage.state() is BroadcastState.CANCELLED
        with ledger.reading() as conn:
            skipped = deliveries.get(conn, later.id)
        assert skipped is not None
        assert skipped.reason == "cancelled"


def test_a_mixed_batch_is_counted_row_by_row(ledger: Ledger) -> None:
    with Stage.set(ledger, 5) as stage:
        outcomes = [Outcome.ACCEPTED, Outcome.REFUSED, Outcome.LATER, Outcome.UNSURE, Outcome.ACCEPTED]
        mixed = [settled(one, way, timedelta(hours=1)) for one, way in zip(stage.claim(), outcomes, strict=True)]
        with ledger.writing() as conn:
            assert claims.record_results(conn, stage.broadcast, mixed, NOW).moved == 5
        assert stage.states() == {
            DeliveryState.ACCEPTED: 2,
            DeliveryState.REFUSED: 1,
            DeliveryState.QUEUED: 1,
            DeliveryState.UNSURE: 1,
        }


def test_nothing_to_record_is_no_mistake_but_an_unknown_broadcast_is(ledger: Ledger) -> None:
    with Stage.set(ledger, 1) as stage:
        assert stage.record([]).moved == 0
        with pytest.raises(UnknownBroadcastError), ledger.writing() as conn:
            claims.record_results(conn, "nosuch", [], NOW)
