from broadcaster.domain.delivery.delivery_reasons import DeliveryReason
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.ledger import Ledger
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.delivery import unsure_deliveries
from tests.ledger.stage import Stage, address


def _doubtful(stage: Stage) -> list[str]:
    stage.record(stage.claim(), Outcome.UNSURE)
    with stage.ledger.reading() as conn:
        return [one.id for one in unsure_deliveries.list_unsure(conn, stage.broadcast)]


def test_what_is_in_doubt_is_shown_with_what_its_attempt_left(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        [one, _] = stage.claim()
        stage.record([one], Outcome.UNSURE)
        with ledger.reading() as conn:
            [found] = unsure_deliveries.list_unsure(conn, stage.broadcast)
        assert (found.id, found.attempt_id, found.payload.address) == (one.id, one.attempt_id, address(0))
        assert (found.phase, found.code, found.reference) == ("final-dot", "was-unsure", f"ref-{one.id}")
        assert (found.state, found.reason, found.resent) == (DeliveryState.UNSURE, "was-unsure", False)


def test_holding_settles_some_or_all(ledger: Ledger) -> None:
    with Stage.set(ledger, 3) as stage:
        ids = _doubtful(stage)
        with ledger.writing() as conn:
            assert unsure_deliveries.settle(conn, stage.broadcast, ids[:1], DeliveryState.HELD, "by-hand") == 1
        assert stage.states() == {DeliveryState.HELD: 1, DeliveryState.UNSURE: 2}
        with ledger.writing() as conn:
            assert unsure_deliveries.settle(conn, stage.broadcast, ["nosuch"], DeliveryState.HELD) == 0
            assert unsure_deliveries.settle(conn, stage.broadcast, None, DeliveryState.ACCEPTED) == 3
        assert stage.states() == {DeliveryState.ACCEPTED: 3}


def test_resending_opens_the_broadcast_again_and_works_once(ledger: Ledger) -> None:
    with Stage.set(ledger, 1) as stage:
        [one] = _doubtful(stage)
        assert stage.state() is BroadcastState.FINISHED
        with ledger.writing() as conn:
            assert unsure_deliveries.settle(conn, stage.broadcast, None, DeliveryState.QUEUED) == 1
        assert stage.state() is BroadcastState.SENDING
        [again] = stage.claim()
        assert (again.id, again.attempt) == (one, 2)
        stage.record([again], Outcome.UNSURE)
        with ledger.writing() as conn:
            assert unsure_deliveries.settle(conn, stage.broadcast, None, DeliveryState.QUEUED) == 0
            [held] = unsure_deliveries.list_unsure(conn, stage.broadcast, {DeliveryState.HELD})
        assert (held.resent, held.reason) == (True, DeliveryReason.RESENT_ALREADY)
        assert stage.states() == {DeliveryState.HELD: 1}
        assert stage.state() is BroadcastState.FINISHED


def test_what_the_provider_never_had_is_queued_without_using_up_the_one_resend(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        ids = _doubtful(stage)
        with ledger.writing() as conn:
            assert unsure_deliveries.requeue_untaken(conn, stage.broadcast, ids[:1]) == 1
        assert stage.state() is BroadcastState.SENDING
        stage.record(stage.claim(), Outcome.UNSURE)
        with ledger.writing() as conn:
            assert unsure_deliveries.settle(conn, stage.broadcast, None, DeliveryState.QUEUED) == 2
        assert stage.states() == {DeliveryState.QUEUED: 2}


def test_in_a_cancelled_broadcast_nothing_is_sent_again(ledger: Ledger) -> None:
    with Stage.set(ledger, 3) as stage:
        claimed = stage.claim(2)
        stage.record(claimed, Outcome.UNSURE)
        with ledger.writing() as conn:
            broadcasts.set_state(conn, stage.broadcast, {BroadcastState.SENDING}, BroadcastState.CANCELLED)
            assert unsure_deliveries.settle(conn, stage.broadcast, None, DeliveryState.QUEUED) == 0
            assert unsure_deliveries.requeue_untaken(conn, stage.broadcast, [claimed[0].id]) == 0
        assert stage.states() == {DeliveryState.QUEUED: 1, DeliveryState.UNSURE: 1, DeliveryState.SKIPPED: 1}
        with ledger.writing() as conn:
            assert unsure_deliveries.settle(conn, stage.broadcast, None, DeliveryState.HELD) == 1


def test_cancelling_skips_what_is_queued_in_chunks(ledger: Ledger) -> None:
    with Stage.set(ledger, 25) as stage:
        claimed = stage.claim(3)
        with ledger.writing() as conn:
            broadcasts.set_state(conn, stage.broadcast, {BroadcastState.SENDING}, BroadcastState.CANCELLED)
        counts: list[int] = []
        while not counts or counts[-1]:
            with ledger.writing() as conn:
                counts.append(unsure_deliveries.skip_queued(conn, stage.broadcast, "cancelled", limit=10))
        assert counts == [10, 10, 2, 0]
        assert stage.states() == {DeliveryState.SENDING: 3, DeliveryState.SKIPPED: 22}
        stage.record(claimed)
        assert stage.states() == {DeliveryState.ACCEPTED: 3, DeliveryState.SKIPPED: 22}
        assert stage.state() is BroadcastState.CANCELLED


def test_settled_deliveries_are_left_alone(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        claimed = stage.claim()
        stage.record(claimed)
        with ledger.writing() as conn:
            for state in (DeliveryState.QUEUED, DeliveryState.HELD):
                assert unsure_deliveries.settle(conn, stage.broadcast, [one.id for one in claimed], state) == 0
            assert unsure_deliveries.requeue_untaken(conn, stage.broadcast, [claimed[0].id]) == 0
        assert stage.states() == {DeliveryState.ACCEPTED: 2}
