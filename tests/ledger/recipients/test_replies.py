"""Texts that people send us, as the ledger keeps them."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, select
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.delivery.reports import Keyword
from broadcaster.keys import SealBrokenError, new_id
from broadcaster.ledger import Connection, Ledger
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.database import tables
from broadcaster.ledger.delivery import claims, deliveries
from broadcaster.ledger.delivery.claims import ClaimRequest
from broadcaster.ledger.recipients import erasures, message_history, replies
from broadcaster.ledger.recipients.replies import LastLetter, NewReply, ReplyContent
from broadcaster.ledger.recipients.unseen_replies import unseen_reply_counts
from tests.ledger.stage import KEYRING, NOW, Stage, address, new_deliveries, settled

CORA = "+447700900222"
HOUR = timedelta(hours=1)


def _blind(number: str = CORA) -> bytes:
    return KEYRING.blind(Channel.SMS, number)


def _new(key: str, body: str = "hello", *, at: datetime = NOW, urgent: bool = False, number: str = CORA) -> NewReply:
    words = ReplyContent(number, "+447700900999", body, LastLetter("reassurance", "ur"))
    return NewReply(new_id(), "twilio", key, _blind(number), words, Keyword.OTHER, urgent, at)


def _bodies(conn: Connection, *, seen: bool = False) -> list[str]:
    return [one.words.body for one in replies.list_replies(conn, seen=seen)]


def test_a_text_is_kept_once_and_comes_back_as_it_was(ledger: Ledger) -> None:
    new = _new("1", "\x00 \u202e \ud800 it's ৳ 'quoted'")
    with ledger.writing() as conn:
        assert replies.store(conn, new)
        assert not replies.store(conn, _new("1", "another"))
        (found,) = replies.list_replies(conn, seen=False)
    assert (found.id, found.words, found.keyword, found.urgent) == (new.id, new.words, Keyword.OTHER, False)
    assert (found.received_at, found.answered_at, found.seen_at, found.seen_by) == (NOW, None, None, "")


def test_of_two_that_bring_it_at_once_one_does(ledger: Ledger) -> None:
    done: list[bool] = []
    start = threading.Barrier(4)

    def bring() -> None:
        start.wait()
        with ledger.writing() as conn:
            done.append(replies.store(conn, _new("1")))

    threads = [threading.Thread(target=bring) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, False, False, True]


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_every_reply_stands_on_one_page(ledger: Ledger, limit: int) -> None:
    with ledger.writing() as conn:
        for number in range(7):  # of some at the very same moment
            replies.store(conn, _new(str(number), urgent=number % 3 == 0, at=NOW + number // 2 * HOUR))
        whole = [one.id for one in replies.list_replies(conn, seen=False)]
        found, before = list[str](), ""
        while page := replies.list_page(conn, before, limit, seen=False):
            found += [one.id for one in page]
            before = found[-1]
            replies.set_seen(conn, before, "david")  # somebody reads it, and then goes on to the next page
        assert found == whole
        assert len(found) == 7
        assert [one.id for one in replies.list_page(conn, "", 9, seen=True)] == whole
        assert replies.list_page(conn, "none-such", 9, seen=True) == []


def test_a_page_of_those_that_wait_is_read_in_the_order_of_an_index(ledger: Ledger) -> None:
    with ledger.reading() as conn:
        if conn.dialect.name != "sqlite":
            pytest.skip("PostgreSQL sorts a table this short whatever its indexes")
        raw = conn.connection.cursor()
        sql = "SELECT * FROM replies WHERE seen_at IS NULL ORDER BY urgent DESC, received_at DESC, seq DESC LIMIT 9"
        plan = " ".join(row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}"))
    assert "ix_replies_unseen" in plan
    assert "TEMP B-TREE" not in plan


def test_urgent_ones_come_first_then_the_newest(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        for number, (body, urgent) in enumerate([("a", False), ("b", True), ("c", False), ("d", True)]):
            replies.store(conn, _new(body, body, urgent=urgent, at=NOW + number * HOUR))
        assert _bodies(conn) == ["d", "b", "c", "a"]
        assert unseen_reply_counts(conn) == (4, 2)
        first = replies.list_replies(conn, seen=False)[0]
        assert replies.get(conn, first.id) == first
        assert replies.get(conn, "none-such") is None
        assert replies.set_seen(conn, first.id, "david")
        assert not replies.set_seen(conn, first.id, "amina"), "the first stays"
        assert _bodies(conn) == ["b", "c", "a"]
        assert _bodies(conn, seen=True) == ["d", "b", "c", "a"]
        assert replies.list_replies(conn, seen=True)[0].seen_by == "david"
        assert unseen_reply_counts(conn) == (3, 1)
        assert replies.list_ids_by_prefix(conn, first.id[:6]) == [first.id]
        assert replies.list_ids_by_prefix(conn, "%") == replies.list_ids_by_prefix(conn, "_") == []


def test_an_empty_ledger_has_nothing_new(ledger: Ledger) -> None:
    with ledger.reading() as conn:
        assert unseen_reply_counts(conn) == (0, 0)
        assert replies.get_last_letter(conn, _blind()) == LastLetter("", "")


def test_what_was_answered_lately(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        for key, number in (("1", CORA), ("2", CORA), ("3", "+447700900333")):
            new = _new(key, number=number, urgent=key == "2")
            replies.store(conn, new)
            replies.set_answered(conn, new.id, NOW)
            replies.set_keyword(conn, new.id, Keyword.HELP)
        assert sorted(replies.list_answered_since(conn, _blind(), NOW - HOUR)) == [("help", False), ("help", True)]
        assert replies.list_answered_since(conn, _blind(), NOW) == []


def test_erasing_empties_the_replies_of_a_number_and_of_no_other(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        replies.store(conn, _new("1", "mine", urgent=True))
        replies.store(conn, _new("2", "theirs", number="+447700900333"))
        for _ in range(2):
            erasures.suppress_erased(conn, Channel.SMS, _blind(), "wenmei")
            assert _bodies(conn) == ["theirs"]
            emptied = [one for one in replies.list_replies(conn, seen=True) if one.seen_at]
            assert [one.words for one in emptied] == [ReplyContent("", "", "", LastLetter("", ""))]
            assert unseen_reply_counts(conn) == (1, 0)
        assert not replies.store(conn, _new("1", "mine")), "the provider brings it again"


def test_old_ones_are_deleted(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        replies.store(conn, _new("1", "old", at=NOW - 2 * HOUR))
        replies.store(conn, _new("2", "new", at=NOW))
        assert replies.remove_before(conn, NOW - HOUR) == 1
        assert _bodies(conn) == ["new"]


def test_what_is_sealed_in_one_row_does_not_open_in_another(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        first, second = _new("1"), _new("2")
        replies.store(conn, first)
        replies.store(conn, second)
        sealed = conn.execute(select(tables.replies.c.words_sealed).where(tables.replies.c.id == first.id)).scalar()
        conn.execute(tables.replies.update().where(tables.replies.c.id == second.id).values(words_sealed=sealed))
        with pytest.raises(SealBrokenError):
            replies.list_replies(conn, seen=True)


def test_the_letter_before_is_the_newest_that_was_tried(ledger: Ledger) -> None:
    with Stage.set(ledger, 1) as stage, ledger.writing() as conn:
        texts = [replace(one, sibling=b"kin") for one in new_deliveries([1, 2], channel=Channel.SMS, provider="twilio")]
        deliveries.insert(conn, stage.broadcast, texts)
        blind = KEYRING.blind(Channel.SMS, address(1))
        assert replies.get_last_letter(conn, blind) == LastLetter("", ""), "it still waits"
        assert replies.find_sibling_address(conn, blind) == b"kin"
        assert replies.find_sibling_address(conn, _blind()) is None
        wanted = ClaimRequest(stage.broadcast, Channel.SMS, "twilio", [0], 1)
        [claimed] = claims.claim_deliveries(conn, stage.runner.id, wanted, NOW)
        claims.record_results(conn, stage.broadcast, [settled(claimed, Outcome.ACCEPTED)], NOW)
        assert replies.get_last_letter(conn, blind) == LastLetter("reassurance", "en")
        assert broadcasts.get(conn, stage.broadcast)


@pytest.mark.parametrize("statement", [replies._LETTER, replies._SIBLING_ADDRESS, message_history._TO_ADDRESS])
def test_looking_for_what_was_sent_walks_through_no_deliveries(tmp_path: Path, statement: Select[Any]) -> None:
    sql = str(statement.compile(dialect=SQLiteDialect_pysqlite()))
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", KEYRING) as ledger, ledger.writing() as conn:
        values = tuple(b"x" for _ in range(sql.count("?")))
        plan = [str(row[3]) for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
    searched = [step for step in plan if "deliveries" in step]
    assert searched == [
        "SEARCH deliveries USING INDEX sqlite_autoindex_deliveries_1 (broadcast=? AND channel=? AND blind=?)"
    ]
    assert not any("TEMP B-TREE" in step for step in plan), plan
