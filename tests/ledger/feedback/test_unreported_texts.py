"""Which texts are asked after: those that were taken, in their order, each at its time."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.states import BroadcastState
from broadcaster.ledger import Ledger
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.database import tables
from broadcaster.ledger.delivery import claims, deliveries
from broadcaster.ledger.delivery.claims import Claimed, ClaimRequest
from broadcaster.ledger.feedback import polling_cursors, unreported_texts
from tests.ledger.stage import NOW, Stage, new_deliveries, settled

MINUTE = timedelta(minutes=1)
LONG_AGO, LATER = NOW - timedelta(days=1), NOW + timedelta(days=1)


def texts(stage: Stage, count: int) -> list[Claimed]:
    """Claim so many texts by Twilio."""
    with stage.ledger.writing() as conn:
        new = new_deliveries(range(count), channel=Channel.SMS, provider="twilio")
        deliveries.insert(conn, stage.broadcast, new)
        return claims.claim_deliveries(
            conn, stage.runner.id, ClaimRequest(stage.broadcast, Channel.SMS, "twilio", [0], count), NOW
        )


def take(stage: Stage, claimed: Sequence[Claimed], at: datetime, outcome: Outcome = Outcome.ACCEPTED) -> None:
    with stage.ledger.writing() as conn:
        claims.record_results(conn, stage.broadcast, [settled(one, outcome) for one in claimed], at)


def found(stage: Stage, after: datetime, until: datetime, limit: int = 100) -> list[str]:
    with stage.ledger.reading() as conn:
        return [
            one.taken.attempt_id
            for one in unreported_texts.list_unreported_texts(conn, "twilio", (after, until), limit)
        ]


@pytest.fixture
def stage(ledger: Ledger) -> Stage:
    return Stage.set(ledger, 2)


def test_those_of_a_span_of_time_are_found_in_their_order(stage: Stage) -> None:
    with stage:
        one, two, three, four = texts(stage, 4)
        for minute, text in ((3, two), (1, three), (2, one)):
            take(stage, [text], NOW + minute * MINUTE)
        take(stage, [four], NOW + MINUTE, Outcome.REFUSED)
        take(stage, stage.claim(1), NOW + MINUTE)  # one of two emails: it goes on
        assert found(stage, LONG_AGO, LATER) == [f"{text.id}-1" for text in (three, one, two)]
        assert found(stage, NOW + MINUTE, NOW + 2 * MINUTE) == [f"{one.id}-1"]
        with stage.ledger.reading() as conn:
            [first, *_] = unreported_texts.list_unreported_texts(conn, "twilio", (LONG_AGO, LATER), 100)
            assert (first.taken.reference, first.at) == (f"ref-{three.id}", NOW + MINUTE)
            assert unreported_texts.list_unreported_texts(conn, "smtp", (LONG_AGO, LATER), 100) == []


def test_who_goes_on_behind_the_last_misses_none_of_a_batch(stage: Stage) -> None:
    with stage:
        claimed = texts(stage, 30)
        take(stage, claimed[:5], NOW)
        take(stage, claimed[5:25], NOW + MINUTE)
        take(stage, claimed[25:], NOW + 2 * MINUTE)
        seen, after = [], LONG_AGO
        with stage.ledger.reading() as conn:
            while some := unreported_texts.list_unreported_texts(conn, "twilio", (after, LATER), 10):
                seen.append(len(some))
                after = some[-1].at
        assert seen == [25, 5]


def test_what_a_finished_broadcast_left_open_is_found_as_well(stage: Stage) -> None:
    with stage:
        [text] = texts(stage, 1)
        take(stage, [text], NOW)
        with stage.ledger.writing() as conn:
            values = {"state": BroadcastState.FINISHED, "finished_at": NOW}
            conn.execute(tables.broadcasts.update().values(**values))
            assert broadcasts.list_sending_ids(conn) == []
        assert found(stage, NOW - MINUTE, LATER) == [f"{text.id}-1"]
        assert found(stage, NOW + MINUTE, LATER) == []


def test_a_bookmark_is_where_it_was_put_last(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        assert polling_cursors.get(conn, "texts-twilio") is None
        for moment in (NOW, LATER):
            polling_cursors.save(conn, "texts-twilio", moment)
            assert polling_cursors.get(conn, "texts-twilio") == moment
        assert polling_cursors.get(conn, "texts") is None


def test_they_are_found_through_an_index_of_their_own(stage: Stage) -> None:
    """Not through all the texts of their broadcasts, most of which have arrived."""
    with stage, stage.ledger.writing() as conn:
        asked = unreported_texts.unreported_texts_query(conn.dialect.name).compile(dialect=conn.dialect)
        if conn.dialect.name == "sqlite":
            blanks = tuple("[1]" for _ in range(str(asked).count("?")))
            rows = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", blanks)
        else:
            conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
            values = {"broadcasts": [1], "provider": "twilio", "after": 0, "until": 9, "limit": 10}
            rows = conn.exec_driver_sql(f"EXPLAIN {asked}", dict(asked.params) | values)
        assert "ix_deliveries_open_texts" in " ".join(str(row) for row in rows)
