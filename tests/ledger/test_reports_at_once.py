"""Reports in every order, any number of times, by several at once and beside those who send: it comes out the same."""

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection, select, text

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.delivery.reports import STATE_OF_EVENT, STATE_RANK, Report, ReportedEvent
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.ledger import Ledger
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.database import tables
from broadcaster.ledger.delivery import deliveries, unsure_deliveries
from broadcaster.ledger.delivery.claims import Claimed
from broadcaster.ledger.feedback import report_application, reports
from tests.ledger.stage import NOW, Stage, begin, new_deliveries

ORDERS = [order for length in (1, 2, 3) for order in itertools.permutations(ReportedEvent, length)]


def _store(ledger: Ledger, told: list[Report]) -> int:
    with ledger.writing() as conn:
        return reports.store_new(conn, "smtp", told)


def _apply(ledger: Ledger, limit: int = 100) -> int:
    """One batch, from the oldest on; how many reports were done."""
    with ledger.writing() as conn:
        waiting = reports.list_waiting(conn, 0, limit)
        report_application.apply_reports(conn, waiting, NOW)
        reports.mark_applied(conn, [one.seq for one in waiting], NOW)
    return len(waiting)


def _ranks(ledger: Ledger) -> dict[str, int]:
    with ledger.reading() as conn:
        rows = conn.execute(select(tables.deliveries.c.id, tables.deliveries.c.state))
        return {row.id: STATE_RANK.get(DeliveryState(row.state), 0) for row in rows}


def test_every_order_of_three_comes_to_the_same_and_never_goes_back(ledger: Ledger) -> None:
    """Each order has a delivery of its own, and each report comes 46 times."""
    with Stage.set(ledger, len(ORDERS)) as stage:
        claimed = stage.claim(len(ORDERS))
        before = _ranks(ledger)
        for step in range(3):
            told = [
                Report(f"{one.id}-{step}", one.attempt_id, order[step], NOW)
                for one, order in zip(claimed, ORDERS, strict=True)
                if step < len(order)
            ]
            assert _store(ledger, told * 46) == len(told)
            while _apply(ledger):
                now = _ranks(ledger)
                assert all(now[one] >= rank for one, rank in before.items())
                before = now
        expected = Counter(max((STATE_OF_EVENT[one] for one in order), key=STATE_RANK.__getitem__) for order in ORDERS)
        assert stage.states() == expected


def test_the_order_within_one_batch_is_as_good_as_any(ledger: Ledger) -> None:
    orders = list(itertools.permutations(ReportedEvent, 4))
    with Stage.set(ledger, len(orders)) as stage:
        claimed = stage.claim(len(orders))
        told = [
            Report(f"{one.id}-{happened}", one.attempt_id, happened, NOW)
            for one, order in zip(claimed, orders, strict=True)
            for happened in order
        ]
        random.Random(3).shuffle(told)
        _store(ledger, told)
        while _apply(ledger, 500):
            pass
        assert stage.states() == Counter(
            max((STATE_OF_EVENT[one] for one in order), key=STATE_RANK.__getitem__) for order in orders
        )


def _together(*work: Callable[[], object]) -> None:
    """Run all at once; whatever one raises is raised here."""
    failed: list[BaseException] = []

    def guarded(one: Callable[[], object]) -> None:
        try:
            one()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def test_several_apply_at_once_beside_those_who_send(ledger: Ledger) -> None:
    """Three senders and three who apply, over two broadcasts; each attempt is reported on before its answer is written
    down, as a quick provider does it. Nobody waits for anybody in a circle, and nothing is counted twice.
    """
    people = 240
    with Stage.set(ledger, people) as stage:
        other = begin(ledger, stage.runner, "other")
        with ledger.writing() as conn:
            deliveries.insert(conn, other, new_deliveries(range(people)))
            broadcasts.set_state(conn, other, {BroadcastState.RELEASING}, BroadcastState.SENDING)
        second = Stage(ledger, stage.runner, other)
        had: list[Claimed] = []
        sending = threading.Event()

        def send(mine: tuple[Stage, Stage]) -> None:
            for theirs in mine:
                while claimed := theirs.claim(7):
                    had.extend(claimed)
                    told = [
                        Report(f"{one.id}{what}", one.attempt_id, what, NOW)
                        for one in claimed
                        for what in ReportedEvent
                    ]
                    random.Random(claimed[0].seq).shuffle(told)
                    _store(ledger, told)
                    theirs.record(claimed)

        def apply() -> None:
            while not sending.is_set():
                _apply(ledger, 50)
            while _apply(ledger, 50):
                pass

        def send_all() -> None:
            try:
                ways = ((stage, second), (second, stage), (stage, second))
                _together(*(partial(send, way) for way in ways))
            finally:
                sending.set()

        _together(send_all, apply, apply, apply)
        assert Counter(one.seq for one in had).most_common(1)[0][1] == 1
        assert stage.states() == second.states() == {DeliveryState.COMPLAINED: people}
        assert stage.state() is second.state() is BroadcastState.FINISHED
        with ledger.reading() as reader:
            assert not reports.has_waiting(reader)


def _meanwhile(conn: Connection, work: Callable[[], object]) -> threading.Thread:
    """Let somebody work while `conn` holds what they need; on PostgreSQL until they are seen to wait for it."""
    worker = threading.Thread(target=work)
    worker.start()
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(500):
        if conn.dialect.name == "sqlite" or conn.execute(waiting).scalar_one():
            break
        time.sleep(0.02)
    return worker


def test_a_report_and_a_claim_of_the_same_delivery_take_turns(ledger: Ledger) -> None:
    """It was put off before and is due again; then its report comes."""
    with Stage.set(ledger, 1) as stage:
        [one] = stage.claim()
        stage.record([one], Outcome.LATER)
        _store(ledger, [Report("late", one.attempt_id, ReportedEvent.TAKEN, NOW)])
        claimed: list[Claimed] = []
        with ledger.writing() as conn:
            broadcasts.lock(conn, stage.broadcast)
            worker = _meanwhile(conn, lambda: claimed.extend(stage.claim()))
            report_application.apply_reports(conn, reports.list_waiting(conn, 0, 10), NOW)
        worker.join()
        assert claimed == []
        assert stage.states() == {DeliveryState.ACCEPTED: 1}


def test_cancelling_and_a_claim_take_turns(ledger: Ledger) -> None:
    with Stage.set(ledger, 3) as stage:
        claimed: list[Claimed] = []
        with ledger.writing() as conn:
            broadcasts.lock(conn, stage.broadcast)
            worker = _meanwhile(conn, lambda: claimed.extend(stage.claim()))
            assert unsure_deliveries.skip_queued(conn, stage.broadcast, "cancelled") == 3
        worker.join()
        assert claimed == []
        assert stage.states() == {DeliveryState.SKIPPED: 3}
