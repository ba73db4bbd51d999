from sqlalchemy import select

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.ledger import Ledger
from broadcaster.ledger.database import tables
from broadcaster.ledger.delivery import deliveries, delivery_search, unsure_deliveries
from broadcaster.ledger.delivery.deliveries import Payload
from broadcaster.ledger.delivery.delivery_search import ALL_DELIVERIES
from broadcaster.ledger.recipients import erasures, preferences, suppressions
from broadcaster.ledger.recipients.suppressions import NewSuppression
from tests.ledger.stage import KEYRING, Stage, address

EMPTY = Payload("", "", ("", ""))


def _blind(number: int) -> bytes:
    return KEYRING.blind(Channel.EMAIL, address(number))


def _erase(ledger: Ledger, stage: Stage, number: int) -> erasures.ErasedDeliveries:
    """As the service does it: bar first, then scrub."""
    with ledger.writing() as conn:
        erasures.suppress_erased(conn, Channel.EMAIL, _blind(number), "wenmei")
    with ledger.reading() as conn:
        assert erasures.list_broadcasts_to(conn, Channel.EMAIL, _blind(number)) == [stage.broadcast]
    with ledger.writing() as conn:
        return erasures.erase_deliveries(conn, stage.broadcast, Channel.EMAIL, _blind(number))


def _payloads(ledger: Ledger, stage: Stage) -> list[Payload]:
    with ledger.reading() as conn:
        return [
            one.payload(KEYRING) for one in delivery_search.list_page(conn, stage.broadcast, ALL_DELIVERIES, 0, 100)
        ]


def test_what_is_queued_is_skipped_and_emptied_and_nobody_else_is_touched(ledger: Ledger) -> None:
    with Stage.set(ledger, 3) as stage:
        before = _payloads(ledger, stage)
        done = _erase(ledger, stage, 1)
        assert (len(done.ids), done.skipped) == (1, 1)
        assert _payloads(ledger, stage) == [before[0], EMPTY, before[2]]
        assert stage.states() == {DeliveryState.QUEUED: 2, DeliveryState.SKIPPED: 1}
        with ledger.reading() as conn:
            found = deliveries.get(conn, done.ids[0])
        assert found is not None
        assert (found.state, found.reason) == (DeliveryState.SKIPPED, "erased")
        assert [one.payload.address for one in stage.claim()] == [address(0), address(2)]


def test_erasing_twice_changes_nothing_more(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        first = _erase(ledger, stage, 0)
        again = _erase(ledger, stage, 0)
        assert (again.ids, again.skipped) == (first.ids, 0)
        assert stage.states() == {DeliveryState.QUEUED: 1, DeliveryState.SKIPPED: 1}


def test_a_broadcast_whose_last_waiting_person_is_erased_is_finished(ledger: Ledger) -> None:
    with Stage.set(ledger, 1) as stage:
        _erase(ledger, stage, 0)
        assert stage.state() is BroadcastState.FINISHED


def test_what_was_sent_is_emptied_with_what_the_provider_said_about_it(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        stage.record(stage.claim())
        done = _erase(ledger, stage, 0)
        assert done.skipped == 0
        assert stage.states() == {DeliveryState.ACCEPTED: 2}
        assert _payloads(ledger, stage)[0] == EMPTY
        with ledger.reading() as conn:
            said = conn.execute(select(tables.attempts.c.detail)).scalars().all()
        assert sorted(said) == ["", "250 ok"]


def test_what_is_being_sent_comes_to_its_end_and_is_not_tried_again(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        claimed = stage.claim()
        _erase(ledger, stage, 0)
        assert [one.payload.address for one in claimed] == [address(0), address(1)]
        stage.record(claimed, Outcome.LATER)
        assert [one.payload.address for one in stage.claim()] == [address(1)]
        assert stage.states() == {DeliveryState.SENDING: 1, DeliveryState.SKIPPED: 1}


def test_what_is_in_doubt_is_never_sent_again(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        stage.record(stage.claim(), Outcome.UNSURE)
        done = _erase(ledger, stage, 0)
        assert stage.states() == {DeliveryState.UNSURE: 2}
        with ledger.writing() as conn:
            assert unsure_deliveries.settle(conn, stage.broadcast, None, DeliveryState.QUEUED) == 1
        assert stage.states() == {DeliveryState.QUEUED: 1, DeliveryState.HELD: 1}
        # Proved untaken or not, it stays where it is.
        with ledger.writing() as conn:
            assert unsure_deliveries.requeue_untaken(conn, stage.broadcast, list(done.ids)) == 0
        assert [one.payload.address for one in stage.claim()] == [address(1)]
        assert stage.states() == {DeliveryState.SENDING: 1, DeliveryState.HELD: 1}


def test_of_the_address_only_the_blind_index_is_left(ledger: Ledger) -> None:
    old = NewSuppression(Channel.EMAIL, _blind(1), address(1), SuppressionReason.STOP, "door", "rang on Monday")
    with ledger.writing() as conn:
        suppressions.add(conn, old)
        since = suppressions.list_all(conn)[0].added_at
        for number in (0, 1):
            preferences.save(conn, _blind(number), "none", "door")
            erasures.suppress_erased(conn, Channel.EMAIL, _blind(number), "wenmei")
            erasures.suppress_erased(conn, Channel.EMAIL, _blind(number), "amina")
    with ledger.reading() as conn:
        found = {one.blind: one for one in suppressions.list_all(conn)}
        assert preferences.find_chosen(conn, found) == {}
    assert {(one.address, one.note) for one in found.values()} == {("", "")}
    assert (found[_blind(0)].reason, found[_blind(0)].by) == ("erased", "wenmei")
    assert (found[_blind(1)].reason, found[_blind(1)].by, found[_blind(1)].added_at) == ("stop", "door", since)


def test_a_broadcast_without_the_address_is_not_looked_at(ledger: Ledger) -> None:
    with Stage.set(ledger, 1) as stage:
        with ledger.writing() as conn:
            assert erasures.list_broadcasts_to(conn, Channel.EMAIL, _blind(7)) == []
            assert erasures.list_broadcasts_to(conn, Channel.SMS, _blind(0)) == []
            assert erasures.erase_deliveries(conn, stage.broadcast, Channel.SMS, _blind(0)).ids == ()
        assert _payloads(ledger, stage)[0].address == address(0)
