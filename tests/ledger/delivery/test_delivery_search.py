"""A page of a broadcast's deliveries is what sorting all of them would give, in both directions."""

import random

import pytest
from sqlalchemy import select, update

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger import Connection, Ledger
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.database import tables
from broadcaster.ledger.delivery import deliveries, delivery_search
from broadcaster.ledger.delivery.delivery_search import ALL_DELIVERIES, DeliverySelection
from tests.ledger.stage import Stage, begin, new_deliveries

REASONS = ("", "mailbox-full", "opted-out", "bounced")
OPEN = (DeliveryState.QUEUED, DeliveryState.SENDING)


def scattered(stage: Stage, seed: int) -> None:
    """Two broadcasts whose deliveries lie among one another, in states and for reasons as chance will have it."""
    chance = random.Random(seed)
    other = begin(stage.ledger, stage.runner, "another")
    with stage.ledger.writing() as conn:
        for start in range(10, 80, 10):
            numbers = range(start, start + 10)
            mine = new_deliveries(numbers, channel=chance.choice(list(Channel)), zone=chance.randrange(3))
            deliveries.insert(conn, stage.broadcast, mine)
            deliveries.insert(conn, other, new_deliveries(numbers))
        for (seq,) in conn.execute(select(tables.deliveries.c.seq).order_by(tables.deliveries.c.seq)).all():
            state = chance.choice(list(DeliveryState))
            why = "" if state in OPEN else chance.choice(REASONS)
            due = chance.choice((0, 0, 5_000_000))
            change = update(tables.deliveries).where(tables.deliveries.c.seq == seq)
            conn.execute(change.values(state=state, reason=why, due_at=due))


def sorted_out(conn: Connection, broadcast_id: str, among: DeliverySelection) -> list[int]:
    """The numbers that are asked for, found by looking at all."""
    table = tables.deliveries
    query = select(table).where(table.c.broadcast == broadcasts.seq_of(conn, broadcast_id)).order_by(table.c.seq)
    return [
        row.seq
        for row in conn.execute(query)
        if among.state in (None, row.state) and among.reason in (None, row.reason)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_every_page_forwards_and_backwards(ledger: Ledger, seed: int) -> None:
    with Stage.set(ledger, 10) as stage:
        scattered(stage, seed)
        asked = [
            ALL_DELIVERIES,
            *(DeliverySelection(state) for state in DeliveryState),
            DeliverySelection(DeliveryState.SKIPPED, "opted-out"),
        ]
        with ledger.reading() as conn:
            for among in asked:
                wanted = sorted_out(conn, stage.broadcast, among)
                for limit in (1, 7, 100):
                    after, there = 0, list[int]()
                    while page := delivery_search.list_page(conn, stage.broadcast, among, after, limit):
                        there += [one.seq for one in page]
                        after = page[-1].seq
                    back: list[int] = []
                    before = 1 << 40
                    while page := delivery_search.select_deliveries(conn, stage.broadcast, among).before(before, limit):
                        back[:0] = [one.seq for one in page]
                        before = page[0].seq
                    assert (there, back) == (wanted, wanted), (among, limit)


def test_the_reasons_there_are(ledger: Ledger) -> None:
    with Stage.set(ledger, 10) as stage:
        scattered(stage, 0)
        with ledger.reading() as conn:
            for state in set(DeliveryState) - set(OPEN):
                there = [
                    one for one in REASONS if one and sorted_out(conn, stage.broadcast, DeliverySelection(state, one))
                ]
                assert delivery_search.list_reasons(conn, stage.broadcast, state) == sorted(there)
            assert delivery_search.list_reasons(conn, stage.broadcast, DeliveryState.QUEUED) == []


def steps(ledger: Ledger, broadcast_id: str, among: DeliverySelection) -> int:
    """How much SQLite does for a page in the midst and its neighbours, in hundreds of its own steps."""
    done: list[int] = []
    with ledger.reading() as conn:
        driver = conn.connection.driver_connection
        assert driver is not None
        driver.set_progress_handler(lambda: done.append(1), 100)
        view = delivery_search.select_deliveries(conn, broadcast_id, among)
        assert len(view.after(10, 5)) == len(view.before(1 << 40, 5)) == 5
        driver.set_progress_handler(None, 0)
    return len(done)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize("state", [DeliveryState.QUEUED, DeliveryState.ACCEPTED, DeliveryState.REFUSED])
def test_a_page_costs_the_same_however_many_there_are(ledger: Ledger, state: DeliveryState) -> None:
    """Nothing is sorted, counted or passed over."""
    costs = []
    with Stage.set(ledger, 100) as stage:
        for _ in range(2):
            with ledger.writing() as conn:
                conn.execute(update(tables.deliveries).values(state=state))
            costs += [steps(ledger, stage.broadcast, among) for among in (ALL_DELIVERIES, DeliverySelection(state))]
            with ledger.writing() as conn:
                deliveries.insert(conn, stage.broadcast, new_deliveries(range(100, 3_000)))
    all_of_few, state_of_few, all_of_many, state_of_many = costs
    assert all_of_many <= 2 * all_of_few + 2
    assert state_of_many <= 2 * state_of_few + 2
