import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.ledger import Ledger
from broadcaster.ledger.broadcasting import broadcasts, zones
from broadcaster.ledger.broadcasting.broadcasts import UnknownBroadcastError
from broadcaster.ledger.database import tables
from broadcaster.ledger.delivery import claims, deliveries, delivery_search
from broadcaster.ledger.delivery.claims import ClaimRequest
from broadcaster.ledger.delivery.delivery_search import DeliverySelection
from broadcaster.ledger.delivery.queued_deliveries import list_queued_by_zone
from broadcaster.ledger.recipients import preferences, suppressions
from broadcaster.ledger.recipients.suppressions import NewSuppression
from tests.ledger.stage import KEYRING, NOW, Stage, address, begin, new_deliveries, settled


def test_a_claim_writes_the_attempt_down_and_hands_out_what_filling_needs(ledger: Ledger) -> None:
    with Stage.set(ledger, 3) as stage:
        claimed = stage.claim(2)
        assert [one.attempt for one in claimed] == [1, 1]
        assert [one.payload.address for one in claimed] == [address(0), address(1)]
        assert claimed[0].payload.values == ("value 0", "")
        assert claimed[0].attempt_id == f"{claimed[0].id}-1"
        assert (claimed[0].channel, claimed[0].provider, claimed[0].language) == (Channel.EMAIL, "smtp", "en")
        with ledger.reading() as conn:
            rows = conn.execute(select(tables.attempts).order_by(tables.attempts.c.delivery)).all()
        assert [(row.delivery, row.n, row.outcome, row.started_at) for row in rows] == [
            (one.seq, 1, "", NOW) for one in claimed
        ]
        assert stage.states() == {DeliveryState.SENDING: 2, DeliveryState.QUEUED: 1}


def test_a_claim_that_is_not_committed_leaves_nothing(ledger: Ledger) -> None:
    with Stage.set(ledger, 3) as stage:
        wanted = ClaimRequest(stage.broadcast, Channel.EMAIL, "smtp", [0], 3)
        with pytest.raises(ZeroDivisionError), ledger.writing() as conn:
            assert len(claims.claim_deliveries(conn, stage.runner.id, wanted, NOW)) == 3
            raise ZeroDivisionError
        assert stage.states() == {DeliveryState.QUEUED: 3}
        assert len(stage.claim(10)) == 3


def test_only_what_is_due_in_an_open_zone_for_this_provider_goes(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        with ledger.writing() as conn:
            dhaka = zones.get_or_add(conn, stage.broadcast, "Asia/Dhaka", None)
            deliveries.insert(conn, stage.broadcast, new_deliveries(range(10, 13), zone=dhaka))
            sms = new_deliveries(range(20, 22), channel=Channel.SMS, provider="outbox")
            deliveries.insert(conn, stage.broadcast, sms)
            deliveries.insert(conn, stage.broadcast, new_deliveries(range(30, 31), provider="outbox"))

        def take(channel: Channel, provider: str, zones: list[int]) -> int:
            with ledger.writing() as conn:
                wanted = ClaimRequest(stage.broadcast, channel, provider, zones, 10)
                return len(claims.claim_deliveries(conn, stage.runner.id, wanted, NOW))

        assert take(Channel.EMAIL, "smtp", []) == 0
        assert take(Channel.EMAIL, "smtp", [7]) == 0
        assert take(Channel.EMAIL, "smtp", [dhaka]) == 3
        assert take(Channel.EMAIL, "smtp", [0, dhaka]) == 2
        assert take(Channel.SMS, "smtp", [0]) == 0
        assert take(Channel.SMS, "outbox", [0, dhaka]) == 2
        assert take(Channel.EMAIL, "outbox", [0]) == 1
        assert stage.states() == {DeliveryState.SENDING: 8}


def test_a_claim_takes_from_several_zones_up_to_its_limit(ledger: Ledger) -> None:
    with Stage.set(ledger, 4) as stage:
        with ledger.writing() as conn:
            dhaka = zones.get_or_add(conn, stage.broadcast, "Asia/Dhaka", None)
            deliveries.insert(conn, stage.broadcast, new_deliveries(range(10, 20), zone=dhaka))
            claimed = claims.claim_deliveries(
                conn, stage.runner.id, ClaimRequest(stage.broadcast, Channel.EMAIL, "smtp", [0, dhaka], 9), NOW
            )
        assert Counter(one.zone for one in claimed) == {0: 4, dhaka: 5}


def test_what_was_put_off_comes_when_it_is_due_and_in_its_order(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        first, second = stage.claim()
        with ledger.writing() as conn:
            later = [
                settled(first, Outcome.LATER, timedelta(hours=2)),
                settled(second, Outcome.LATER, timedelta(hours=1)),
            ]
            claims.record_results(conn, stage.broadcast, later, NOW)
            [due] = list_queued_by_zone(conn, stage.broadcast)
        assert (due.channel, due.provider, due.zone, due.queued) == (Channel.EMAIL, "smtp", 0, 2)
        assert due.earliest == NOW + timedelta(hours=1)
        assert stage.claim() == []
        assert [one.seq for one in stage.claim(now=NOW + timedelta(minutes=60))] == [second.seq]
        again = stage.claim(now=NOW + timedelta(hours=3))
        assert [(one.seq, one.attempt) for one in again] == [(first.seq, 2)]


@pytest.mark.parametrize("state", [BroadcastState.PAUSED, BroadcastState.CANCELLED])
def test_nothing_is_handed_out_unless_the_broadcast_is_being_sent(ledger: Ledger, state: BroadcastState) -> None:
    with Stage.set(ledger, 3) as stage:
        with ledger.writing() as conn:
            assert broadcasts.set_state(conn, stage.broadcast, {BroadcastState.SENDING}, state)
        assert stage.claim() == []
        assert stage.states() == {DeliveryState.QUEUED: 3}


def test_a_claim_that_a_pause_overtakes_takes_nothing(ledger: Ledger) -> None:
    with Stage.set(ledger, 3) as stage:
        taken: list[int] = []
        worker = threading.Thread(target=lambda: taken.append(len(stage.claim())))
        with ledger.writing() as conn:
            assert broadcasts.set_state(conn, stage.broadcast, {BroadcastState.SENDING}, BroadcastState.PAUSED)
            worker.start()
            time.sleep(0.3)  # on PostgreSQL it has looked, seen it being sent, and now waits for its turn
        worker.join()
        assert taken == [0]
        assert stage.states() == {DeliveryState.QUEUED: 3}


def test_a_no_that_comes_while_a_claim_waits_its_turn_counts(ledger: Ledger) -> None:
    with Stage.set(ledger, 3) as stage:
        taken: list[str] = []
        worker = threading.Thread(target=lambda: taken.extend(one.payload.address for one in stage.claim()))
        with ledger.writing() as conn:
            broadcasts.lock(conn, stage.broadcast)
            worker.start()
            time.sleep(0.3)  # on PostgreSQL it has picked its rows by now
            preferences.save(conn, KEYRING.blind(Channel.EMAIL, address(1)), "none", "door")
        worker.join()
        assert taken == [address(0), address(2)]
        assert stage.states() == {DeliveryState.SENDING: 2, DeliveryState.SKIPPED: 1}


def test_whether_anything_is_due_can_be_asked_without_taking_it(ledger: Ledger) -> None:
    with Stage.set(ledger, 1) as stage:
        wanted = ClaimRequest(stage.broadcast, Channel.EMAIL, "smtp", [0], 10)
        for _ in range(2):
            with ledger.reading() as conn:
                assert claims.any_due(conn, wanted, NOW)
        stage.claim()
        with ledger.reading() as conn:
            assert not claims.any_due(conn, wanted, NOW)


def test_nothing_goes_while_it_is_being_released(ledger: Ledger) -> None:
    with Stage.set(ledger, 1) as stage:
        other = begin(ledger, stage.runner, "other")
        with ledger.writing() as conn:
            deliveries.insert(conn, other, new_deliveries(range(5)))
            wanted = ClaimRequest(other, Channel.EMAIL, "smtp", [0], 10)
            assert claims.claim_deliveries(conn, stage.runner.id, wanted, NOW) == []


def test_suppressed_and_opted_out_people_are_skipped_at_the_last_moment(ledger: Ledger) -> None:
    with Stage.set(ledger, 5) as stage:
        with ledger.writing() as conn:
            barred = KEYRING.blind(Channel.EMAIL, address(1))
            suppressions.add(
                conn, NewSuppression(Channel.EMAIL, barred, address(1), SuppressionReason.BOUNCED, "sendgrid")
            )
            preferences.save(conn, KEYRING.blind(Channel.EMAIL, address(2)), "none", "door")
            preferences.save(conn, KEYRING.blind(Channel.EMAIL, address(3)), "email", "door")
            # The same words as another kind of address are somebody else's.
            preferences.save(conn, KEYRING.blind(Channel.SMS, address(4)), "none", "door")
        assert [one.payload.address for one in stage.claim()] == [address(0), address(3), address(4)]
        assert stage.states() == {DeliveryState.SENDING: 3, DeliveryState.SKIPPED: 2}
        with ledger.reading() as conn:
            skipped = delivery_search.list_page(conn, stage.broadcast, DeliverySelection(DeliveryState.SKIPPED), 0, 10)
            attempts = conn.execute(select(tables.attempts.c.delivery)).scalars().all()
        assert [one.reason for one in skipped] == ["bounced", "opted-out"]
        assert not {one.seq for one in skipped} & set(attempts)


def test_a_word_by_one_address_is_heard_for_the_other_one_too(ledger: Ledger) -> None:
    """Each row: what was said by way of the email address, then by way of the telephone, and who still gets theirs."""
    said = [
        ("", "", "both"),
        ("none", "", ""),
        ("", "none", ""),
        ("email", "", "email"),
        ("", "email", "email"),
        ("sms", "", "sms"),
        ("", "sms", "sms"),
        ("none", "sms", "sms"),
        ("email", "sms", "sms"),
        ("sms", "none", ""),
    ]
    with Stage.set(ledger, 0) as stage:
        emails = new_deliveries(range(len(said)))
        texts = new_deliveries(range(len(said)), channel=Channel.SMS, provider="twilio")
        siblings = [
            (replace(one, sibling=other.blind), replace(other, sibling=one.blind))
            for one, other in zip(emails, texts, strict=True)
        ]
        with ledger.writing() as conn:
            conn.execute(tables.broadcasts.update().values(state=BroadcastState.SENDING))
            deliveries.insert(conn, stage.broadcast, [one for pair in siblings for one in pair])
        for (by_email, by_phone, _), (email, text) in zip(said, siblings, strict=True):
            for blind, preference in ((email.blind, by_email), (text.blind, by_phone)):
                if preference:
                    with ledger.writing() as conn:
                        preferences.save(conn, blind, preference, "door")
        reached = {one.payload.address: "email" for one in stage.claim()}
        wanted = ClaimRequest(stage.broadcast, Channel.SMS, "twilio", [0], 100)
        with ledger.writing() as conn:
            for one in claims.claim_deliveries(conn, stage.runner.id, wanted, NOW):
                reached[one.payload.address] = "both" if one.payload.address in reached else "sms"
    assert [reached.get(address(number), "") for number in range(len(said))] == [outcome for *_, outcome in said]


def test_a_broadcast_whose_last_deliveries_are_skipped_is_finished(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        with ledger.writing() as conn:
            for number in range(2):
                preferences.save(conn, KEYRING.blind(Channel.EMAIL, address(number)), "none", "door")
        assert stage.claim() == []
        assert stage.state() is BroadcastState.FINISHED


def test_an_unknown_broadcast_gives_nothing_or_says_so(ledger: Ledger) -> None:
    with Stage.set(ledger, 1) as stage:
        wanted = ClaimRequest("nosuch", Channel.EMAIL, "smtp", [0], 10)
        with ledger.writing() as conn:
            assert claims.claim_deliveries(conn, stage.runner.id, wanted, NOW) == []
            with pytest.raises(UnknownBroadcastError):
                list_queued_by_zone(conn, "nosuch")


def test_eight_threads_claim_each_of_20000_once(ledger: Ledger) -> None:
    with Stage.set(ledger, 0) as stage:
        with ledger.writing() as conn:
            conn.execute(tables.broadcasts.update().values(state=BroadcastState.SENDING))
            for start in range(0, 20_000, 1000):
                deliveries.insert(conn, stage.broadcast, new_deliveries(range(start, start + 1000)))
        taken: list[list[int]] = [[] for _ in range(8)]
        barrier = threading.Barrier(8)

        def work(mine: list[int]) -> None:
            barrier.wait()
            # On PostgreSQL others may hold all that is left for a moment: empty twice means empty.
            empty = 0
            while empty < 2:
                batch = stage.claim(100)
                mine += [one.seq for one in batch]
                empty = 0 if batch else empty + 1

        threads = [threading.Thread(target=work, args=(mine,)) for mine in taken]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        everything = [seq for mine in taken for seq in mine]
        assert len(everything) == 20_000
        assert len(set(everything)) == 20_000
        assert stage.states() == {DeliveryState.SENDING: 20_000}
        with ledger.reading() as reader:
            tries = reader.execute(select(tables.attempts.c.delivery, tables.attempts.c.n)).all()
        assert sorted(tries) == sorted((seq, 1) for seq in everything)
