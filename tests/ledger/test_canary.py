"""No readable byte of a person is ever on the disk, in the file as little as in its log, side files or backup."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from broadcaster.domain.channels import Channel
from broadcaster.domain.receipts import Outcome
from broadcaster.domain.reports import Happened, Keyword, Report
from broadcaster.domain.states import DeliveryState
from broadcaster.domain.suppression import SuppressionReason
from broadcaster.keys import SealBrokenError, new_id
from broadcaster.ledger import (
    Ledger,
    deliveries,
    delivery_pages,
    halt_counters,
    preferences,
    replies,
    report_application,
    reports,
    row_cache,
    soft_bounces,
    suppressions,
    tables,
    unsure_deliveries,
)
from broadcaster.ledger.claims import Claimed
from broadcaster.ledger.connections import WriteConnection
from broadcaster.ledger.deliveries import NewDelivery, Payload
from broadcaster.ledger.delivery_pages import ALL
from broadcaster.ledger.revisions import NEWEST
from broadcaster.ledger.suppressions import NewSuppression
from tests.ledger.aging import age
from tests.ledger.stage import KEYRING, NOW, Stage

_ADDRESS = "canary.amina@example.org"
_NUMBER = "+447700900123"
_NAME = "Ümmühan Canary"
_VALUES = ("Whitechapel-canary", "Mosque-canary")
_CANARIES = ("canary", "Canary", "7700900123", "Ümmühan", "Whitechapel", "Mosque")


def _new(channel: Channel, address: str) -> NewDelivery:
    payload = Payload(address, _NAME, _VALUES)
    return NewDelivery(new_id(), channel, "smtp", "en", 1, 0, KEYRING.blind(channel, address), payload)


def _reply() -> replies.NewReply:
    words = replies.Words(_NUMBER, "+447700900999", "canary from Whitechapel", replies.Letter("reassurance", "en"))
    blind = KEYRING.blind("sms", _NUMBER)
    return replies.NewReply("r1", "twilio", "SM1", blind, words, Keyword.OTHER, True, NOW)


def _live(ledger: Ledger) -> None:
    """Everything that is ever done with somebody's data."""
    barred = NewSuppression(
        Channel.SMS, KEYRING.blind("sms", _NUMBER), _NUMBER, SuppressionReason.STOP, "twilio", "canary rang"
    )
    with Stage.set(ledger, 1) as stage:
        with ledger.writing() as conn:
            deliveries.insert(conn, stage.broadcast, [_new(Channel.EMAIL, _ADDRESS), _new(Channel.SMS, _NUMBER)])
            suppressions.add(conn, barred)
            preferences.put(conn, KEYRING.blind("email", "canary@example.org"), "none", "door")
            replies.store(conn, _reply())
            row_cache.note_erased(conn, "faith-networks", b"m" * 16)
        stage.record(stage.claim(1))
        [hers] = stage.claim(1)
        stage.record([hers], Outcome.UNSURE)
        with ledger.writing() as conn:
            unsure_deliveries.settle(conn, stage.broadcast, None, DeliveryState.HELD)
            _report(conn, stage.broadcast, hers)


def _report(conn: WriteConnection, broadcast_id: str, hers: Claimed) -> None:
    """What a provider tells of her delivery, applied with all that follows; one more report waits."""
    reports.store(conn, "smtp", [Report("k1", hers.attempt_id, Happened.BOUNCED, NOW, "theirs", "x", "550 no", 1)])
    waiting = reports.take(conn, 0, 10)
    [told] = report_application.apply(conn, waiting, NOW).told
    reports.mark_applied(conn, [one.seq for one in waiting], NOW)
    assert told.address == _ADDRESS
    soft_bounces.add(conn, told.blind, "x", NOW)
    halt_counters.press(conn, broadcast_id, "carriers-block", 1)
    suppressions.add(conn, NewSuppression(told.channel, told.blind, told.address, SuppressionReason.BOUNCED, "smtp"))
    reports.store(conn, "smtp", [Report("k2", hers.attempt_id, Happened.DELIVERED, NOW, detail="250 ok")])


def _readable(stored: bytes) -> list[str]:
    return [word for word in _CANARIES for encoding in ("utf-8", "utf-16-le") if word.encode(encoding) in stored]


def test_the_search_finds_what_stands_there() -> None:
    assert _readable(f"x{_ADDRESS}y{_NAME}".encode()) == ["canary", "Canary", "Ümmühan"]
    assert _readable(_NUMBER.encode("utf-16-le")) == ["7700900123"]


def test_nothing_personal_is_readable_in_any_column(ledger: Ledger) -> None:
    def stored() -> Iterator[bytes]:
        for table in tables.metadata.sorted_tables:
            for row in conn.execute(select(table)):
                yield from (value if isinstance(value, bytes) else str(value).encode() for value in row)

    _live(ledger)
    with ledger.reading() as conn:
        everything = b"\n".join(stored())
    assert b"faith-networks" in everything
    assert _readable(everything) == []


def test_nothing_personal_is_readable_in_any_file(tmp_path: Path) -> None:
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", KEYRING) as ledger:
        _live(ledger)
        with ledger.writing() as conn:
            age(conn, "0002")  # one revision back, so that the upgrade leaves a backup
        with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", KEYRING):
            pass
        files = [file for file in tmp_path.rglob("*") if file.is_file()]
        sides = {"ledger.db", "ledger.db-wal", "ledger.db-shm", f"ledger.db.before-{NEWEST}"}
        assert sides <= {file.name for file in files}
        everything = b"\n".join(file.read_bytes() for file in files)
    assert b"faith-networks" in everything
    assert _readable(everything) == []


def test_what_is_sealed_in_one_row_does_not_open_in_another(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        with ledger.writing() as conn:
            first, second = delivery_pages.page(conn, stage.broadcast, ALL, 0, 2)
            assert first.payload(KEYRING).address != second.payload(KEYRING).address
            swap = tables.deliveries.update().where(tables.deliveries.c.id == first.id)
            conn.execute(swap.values(payload_sealed=second.sealed))
        [moved, whole] = stage.claim()
        with pytest.raises(SealBrokenError):
            _ = moved.payload
        assert whole.payload == second.payload(KEYRING)


def test_what_was_replaced_is_overwritten_in_the_file(tmp_path: Path) -> None:
    with (
        Ledger.open(f"sqlite:///{tmp_path}/ledger.db", KEYRING) as ledger,
        Stage.set(ledger, 30) as stage,
        ledger.reading() as conn,
    ):
        sealed = delivery_pages.page(conn, stage.broadcast, ALL, 0, 30)[7].sealed
    assert sealed[20:] in (tmp_path / "ledger.db").read_bytes()
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", KEYRING) as ledger, ledger.writing() as conn:
        mine = tables.deliveries.c.payload_sealed == sealed
        conn.execute(tables.deliveries.update().where(mine).values(payload_sealed=b"erased"))
    # Even somebody who has the key finds nothing left to open.
    assert sealed[20:] not in (tmp_path / "ledger.db").read_bytes()
