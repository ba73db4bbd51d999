"""No readable byte of a person is ever on the disk, in the file as little as in its log, side files or backup."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.delivery.reports import Keyword, Report, ReportedEvent
from broadcaster.domain.states import DeliveryState
from broadcaster.keys import SealBrokenError, new_id
from broadcaster.ledger import Ledger
from broadcaster.ledger.database import tables
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.delivery import deliveries, delivery_search, unsure_deliveries
from broadcaster.ledger.delivery.claims import Claimed
from broadcaster.ledger.delivery.deliveries import NewDelivery, Payload
from broadcaster.ledger.delivery.delivery_search import ALL_DELIVERIES
from broadcaster.ledger.feedback import halt_counters, report_application, reports, soft_bounces
from broadcaster.ledger.recipients import erased_rows, preferences, replies, suppressions
from broadcaster.ledger.recipients.suppressions import NewSuppression
from broadcaster.ledger.schema_revisions import NEWEST_REVISION
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
    words = replies.ReplyContent(
        _NUMBER, "+447700900999", "canary from Whitechapel", replies.LastLetter("reassurance", "en")
    )
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
            preferences.save(conn, KEYRING.blind("email", "canary@example.org"), "none", "door")
            replies.store(conn, _reply())
            erased_rows.add(conn, "faith-networks", b"m" * 16)
        stage.record(stage.claim(1))
        [hers] = stage.claim(1)
        stage.record([hers], Outcome.UNSURE)
        with ledger.writing() as conn:
            unsure_deliveries.settle(conn, stage.broadcast, None, DeliveryState.HELD)
            _report(conn, stage.broadcast, hers)


def _report(conn: WriteConnection, broadcast_id: str, hers: Claimed) -> None:
    """What a provider tells of her delivery, applied with all that follows; one more report waits."""
    reports.store_new(
        conn, "smtp", [Report("k1", hers.attempt_id, ReportedEvent.BOUNCED, NOW, "theirs", "x", "550 no", 1)]
    )
    waiting = reports.list_waiting(conn, 0, 10)
    [told] = report_application.apply_reports(conn, waiting, NOW).deliveries
    reports.mark_applied(conn, [one.seq for one in waiting], NOW)
    assert told.address == _ADDRESS
    soft_bounces.add_strike(conn, told.blind, "x", NOW)
    halt_counters.add(conn, broadcast_id, "carriers-block", 1)
    suppressions.add(conn, NewSuppression(told.channel, told.blind, told.address, SuppressionReason.BOUNCED, "smtp"))
    reports.store_new(conn, "smtp", [Report("k2", hers.attempt_id, ReportedEvent.DELIVERED, NOW, detail="250 ok")])


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
        sides = {"ledger.db", "ledger.db-wal", "ledger.db-shm", f"ledger.db.before-{NEWEST_REVISION}"}
        assert sides <= {file.name for file in files}
        everything = b"\n".join(file.read_bytes() for file in files)
    assert b"faith-networks" in everything
    assert _readable(everything) == []


def test_what_is_sealed_in_one_row_does_not_open_in_another(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        with ledger.writing() as conn:
            first, second = delivery_search.list_page(conn, stage.broadcast, ALL_DELIVERIES, 0, 2)
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
        sealed = delivery_search.list_page(conn, stage.broadcast, ALL_DELIVERIES, 0, 30)[7].sealed
    assert sealed[20:] in (tmp_path / "ledger.db").read_bytes()
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", KEYRING) as ledger, ledger.writing() as conn:
        mine = tables.deliveries.c.payload_sealed == sealed
        conn.execute(tables.deliveries.update().where(mine).values(payload_sealed=b"erased"))
    # Even somebody who has the key finds nothing left to open.
    assert sealed[20:] not in (tmp_path / "ledger.db").read_bytes()
