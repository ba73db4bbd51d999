"""Campaigns, letters, approvals, broadcasts, skeletons and zones: what stands before a delivery."""

import threading
from datetime import date, time, timedelta

import pytest

from broadcaster.domain.contact.channels import Channel, ChannelChoice
from broadcaster.domain.local_time.quiet_hours import QuietHours
from broadcaster.domain.states import ApprovalState, BroadcastState, DeliveryState
from broadcaster.ledger import Ledger, Runner
from broadcaster.ledger.broadcasting import broadcasts, delivery_counters, skeletons, zones
from broadcaster.ledger.broadcasting.broadcasts import NewBroadcast, UnknownBroadcastError
from broadcaster.ledger.broadcasting.skeletons import Skeleton
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.delivery import deliveries, delivery_search
from broadcaster.ledger.delivery.delivery_search import ALL_DELIVERIES, DeliverySelection
from broadcaster.ledger.letters import frozen_letters
from broadcaster.ledger.planning import approvals, campaigns, occurrences
from broadcaster.ledger.planning.approvals import Decision, NewApproval
from tests.ledger.stage import NOW, WALL, Stage, begin, new_deliveries


def test_campaigns_follow_config_and_are_never_forgotten(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        campaigns.sync(conn, {"a": '{"letter":"x"}', "b": "{}"})
        campaigns.set_planned_until(conn, "a", WALL)
        campaigns.sync(conn, {"a": '{"letter":"y"}'})
        a, b = campaigns.get(conn, "a"), campaigns.get(conn, "b")
        assert a is not None
        assert b is not None
        assert (a.definition, a.planned_until, a.gone_at) == ('{"letter":"y"}', WALL, None)
        assert b.gone_at is not None
        campaigns.sync(conn, {"b": "{}"})
        b = campaigns.get(conn, "b")
        assert b is not None
        assert b.gone_at is None
        assert campaigns.get(conn, "c") is None


def test_how_far_a_rule_was_walked_is_remembered(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        assert campaigns.planned_until(conn, "weekly") is None
        campaigns.set_planned_until(conn, "weekly", WALL)
        campaigns.set_planned_until(conn, "weekly", WALL + timedelta(seconds=1))
        assert campaigns.planned_until(conn, "weekly") == WALL + timedelta(seconds=1)


def test_a_letter_is_kept_once_by_its_digest(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        frozen_letters.add(conn, "d", b"\x00letter\xff")
        frozen_letters.add(conn, "d", b"another")
        assert frozen_letters.get(conn, "d") == b"\x00letter\xff"


def _new(wall: bool = True, digest: str = "d1") -> NewApproval:
    inputs = {"letter": "abc", "names": ["Ümit", 3]}
    return NewApproval("weekly", WALL if wall else None, digest, inputs, 80, "amina", date(2027, 1, 31), 500, "urgent")


def test_an_approval_goes_from_one_person_to_another(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        approval_id = approvals.submit(conn, _new())
        waiting = approvals.latest_for_occurrence(conn, "weekly", WALL)
        assert waiting is not None
        assert waiting == approvals.get_undecided(conn, "weekly") == approvals.get(conn, approval_id)
        assert (waiting.id, waiting.state, waiting.decided_by) == (approval_id, ApprovalState.SUBMITTED, None)
        assert waiting.inputs == {"letter": "abc", "names": ["Ümit", 3]}
        assert (waiting.until, waiting.at_most, waiting.recipients) == (date(2027, 1, 31), 500, 80)
        decision = Decision(ApprovalState.APPROVED, "bilal", "looks right", "f" * 64, "bk", "desk1.example")
        decided = approvals.decide(conn, approval_id, decision)
        assert decided is not None
        assert (decided.state, decided.decided_by, decided.note) == (ApprovalState.APPROVED, "bilal", "looks right")
        assert (decided.signature, decided.system_user, decided.host) == ("f" * 64, "bk", "desk1.example")
        assert decided.decided_at is not None
        assert decided.decided_at >= decided.submitted_at
        assert approvals.decide(conn, approval_id, decision) is None
        assert approvals.get_undecided(conn, "weekly") is None
        assert approvals.void(conn, approval_id, "changed")
        assert not approvals.void(conn, approval_id, "again")
        voided = approvals.get(conn, approval_id)
        assert voided is not None
        assert (voided.state, voided.note) == (ApprovalState.VOID, "changed")


def test_submitting_anew_voids_what_nobody_decided_on(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        first, rule = approvals.submit(conn, _new()), approvals.submit(conn, _new(wall=False))
        second = approvals.submit(conn, _new(digest="d2"))
        states = {}
        for one in (first, rule, second):
            found = approvals.get(conn, one)
            assert found is not None
            states[one] = found.state
        assert states == {
            first: ApprovalState.VOID,
            rule: ApprovalState.SUBMITTED,
            second: ApprovalState.SUBMITTED,
        }
        latest = approvals.latest_for_occurrence(conn, "weekly", None)
        assert latest is not None
        assert latest.id == rule
        assert approvals.decide(conn, first, Decision(ApprovalState.APPROVED, "bilal")) is None


def test_an_occurrence_becomes_one_broadcast(ledger: Ledger) -> None:
    with Runner.register(ledger) as runner:
        broadcast_id = begin(ledger, runner)
        with ledger.writing() as conn:
            occurrence = occurrences.get(conn, "reassurance", WALL)
            approval = approvals.latest_for_occurrence(conn, "reassurance", WALL)
            assert occurrence is not None
            assert approval is not None
            new = NewBroadcast("digest", approval.id, ChannelChoice.BOTH, "resend", runner.id, "urgent", {"a": [1]})
            assert broadcasts.create(conn, occurrence.id, new) is None
            found = broadcasts.get_of_occurrence(conn, occurrence.id)
            assert found is not None
            assert found == broadcasts.get(conn, broadcast_id) == broadcasts.list_recent(conn)[0]
            assert (found.occurrence, found.campaign, found.wall) == (occurrence.id, "reassurance", WALL)
            assert (found.letter, found.approval, found.channel) == ("digest", approval.id, ChannelChoice.PREFERRED)
            assert (found.state, found.if_unsure) == (BroadcastState.RELEASING, "hold")
            broadcasts.set_exclusions(conn, broadcast_id, {"suppressed": 3})
            again = broadcasts.get(conn, broadcast_id)
            assert again is not None
            assert again.exclusions == {"suppressed": 3}


@pytest.mark.parametrize("round_number", range(5))
def test_of_two_that_release_at_once_one_does(ledger: Ledger, round_number: int) -> None:
    with Runner.register(ledger) as runner:
        with ledger.writing() as conn:
            frozen_letters.add(conn, "digest", b"letter")
            occurrences.plan(conn, "weekly", WALL, NOW)
            occurrence = occurrences.get(conn, "weekly", WALL)
            assert occurrence is not None
            approval = approvals.submit(conn, _new())
        made: list[str | None] = []
        barrier = threading.Barrier(2)

        def release() -> None:
            barrier.wait()
            with ledger.writing() as conn:
                new = NewBroadcast("digest", approval, ChannelChoice.EMAIL, "hold", runner.id)
                made.append(broadcasts.create(conn, occurrence.id, new))

        threads = [threading.Thread(target=release) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(made) == 2
        assert made.count(None) == 1


def test_states_change_only_from_where_they_are_expected(ledger: Ledger) -> None:
    sending, paused = {BroadcastState.SENDING}, {BroadcastState.PAUSED}
    with Stage.set(ledger, 2) as stage, ledger.writing() as conn:
        assert broadcasts.list_sending_ids(conn) == [stage.broadcast]
        assert not broadcasts.set_state(conn, stage.broadcast, paused, BroadcastState.SENDING)
        assert broadcasts.halt(conn, stage.broadcast, "auth-refused", "The mail server refused our password.")
        assert not broadcasts.halt(conn, stage.broadcast, "again", "again")
        halted = broadcasts.get(conn, stage.broadcast)
        assert halted is not None
        assert (halted.state, halted.halt_code) == (BroadcastState.PAUSED, "auth-refused")
        assert halted.halt_reason == "The mail server refused our password."
        assert broadcasts.list_sending_ids(conn) == []
        assert broadcasts.set_state(conn, stage.broadcast, paused, BroadcastState.SENDING)
        resumed = broadcasts.get(conn, stage.broadcast)
        assert resumed is not None
        assert (resumed.halt_code, resumed.halt_reason, resumed.started_at is None) == ("", "", False)
        assert broadcasts.set_state(conn, stage.broadcast, sending, BroadcastState.CANCELLED)
        assert not broadcasts.set_state(conn, stage.broadcast, sending | paused, BroadcastState.SENDING)


def test_a_release_that_reaches_nobody_is_finished_at_once(ledger: Ledger) -> None:
    with Stage.set(ledger, 0) as stage:
        assert stage.state() is BroadcastState.FINISHED


def test_skeletons_and_zones_are_kept_by_number(ledger: Ledger) -> None:
    night = QuietHours(time(21), time(8))
    with Stage.set(ledger, 1) as stage, ledger.writing() as conn:
        for number in (2, 1, 1):
            skeletons.add(conn, stage.broadcast, Skeleton(number, Channel.SMS, "ur", b"k%d" % number, b"blob"))
        assert [(one.number, one.key) for one in skeletons.list_all(conn, stage.broadcast)] == [(1, b"k1"), (2, b"k2")]
        assert zones.get_or_add(conn, stage.broadcast, "Asia/Dhaka", night) == 1
        assert zones.get_or_add(conn, stage.broadcast, "Asia/Dhaka", None) == 2
        assert zones.get_or_add(conn, stage.broadcast, "Asia/Dhaka", night) == 1
        assert zones.get_or_add(conn, stage.broadcast, "Europe/London", None) == 0
        found = zones.list_all(conn, stage.broadcast)
        assert [(one.number, one.timezone, one.quiet) for one in found] == [
            (0, "Europe/London", None),
            (1, "Asia/Dhaka", night),
            (2, "Asia/Dhaka", None),
        ]


def test_one_row_for_an_address_on_a_channel_of_a_broadcast(ledger: Ledger) -> None:
    with Stage.set(ledger, 3) as stage, ledger.writing() as conn:
        again = new_deliveries([1, 2, 3, 3])
        assert deliveries.insert(conn, stage.broadcast, again) == 1
        assert deliveries.insert(conn, stage.broadcast, new_deliveries([1, 2], channel=Channel.SMS)) == 2
        assert deliveries.insert(conn, stage.broadcast, []) == 0
        other = _begin_in(conn, stage)
        assert deliveries.insert(conn, other, new_deliveries([1, 2])) == 2
        assert delivery_counters.count_by_state(conn, stage.broadcast) == {DeliveryState.QUEUED: 6}
        assert delivery_counters.count_by_provider(conn, stage.broadcast) == {"smtp": 6}
        with pytest.raises(UnknownBroadcastError):
            deliveries.insert(conn, "nosuch", new_deliveries([9]))


def _begin_in(conn: WriteConnection, stage: Stage) -> str:
    occurrences.plan(conn, "other", WALL, NOW)
    occurrence = occurrences.get(conn, "other", WALL)
    assert occurrence is not None
    approval = approvals.submit(conn, NewApproval("other", WALL, "digest", {}, 0, "amina"))
    new = NewBroadcast("digest", approval, ChannelChoice.PREFERRED, "hold", stage.runner.id)
    broadcast_id = broadcasts.create(conn, occurrence.id, new)
    assert broadcast_id is not None
    return broadcast_id


def test_deliveries_are_found_by_id_and_page_by_page(ledger: Ledger) -> None:
    with Stage.set(ledger, 25) as stage, ledger.reading() as conn:
        pages, after = [], 0
        while page := delivery_search.list_page(conn, stage.broadcast, ALL_DELIVERIES, after, 10):
            pages.append(len(page))
            after = page[-1].seq
        assert pages == [10, 10, 5]
        [first] = delivery_search.list_page(conn, stage.broadcast, DeliverySelection(DeliveryState.QUEUED), 0, 1)
        assert deliveries.get(conn, first.id) == first
        assert first.payload(ledger.keyring).name == "Person 0"
        assert delivery_search.list_page(conn, stage.broadcast, DeliverySelection(DeliveryState.HELD), 0, 10) == []
        assert deliveries.get(conn, "nosuch") is None
