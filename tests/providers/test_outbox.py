"""The outbox: files, whole or not at all."""

import errno
import json
import os
import resource
import stat
import time
from pathlib import Path

import pytest

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.outbox import Outbox, receipt_of_failed_write
from tests.providers.people import doubt, email, sms


def test_an_email_is_its_exact_bytes_and_nobody_elses_business(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "outbox", Channel.EMAIL)
    message = email(7, b"\x00\xff.\r\n")
    with box.open() as session:
        receipt = session.send([message])[0]
    file = tmp_path / "outbox" / "email" / "delivery7.eml"
    assert file.read_bytes() == message.data
    assert receipt.reference == file.name
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_text_is_a_json_document(tmp_path: Path) -> None:
    with Outbox(tmp_path, Channel.SMS).open() as session:
        session.send([sms(3, "Sabah al-khayr, صباح الخير")])
    document = json.loads((tmp_path / "sms" / "delivery3.json").read_text())
    assert document == {
        "to": "+447700900003",
        "from": "Example",
        "body": "Sabah al-khayr, صباح الخير",
        "segments": 1,
        "encoding": "GSM-7",
    }


def test_a_delivery_that_is_there_already_is_accepted_and_kept(tmp_path: Path) -> None:
    box = Outbox(tmp_path, Channel.EMAIL)
    with box.open() as session:
        first = session.send([email(1, b"first\r\n")])
        second = session.send([email(1, b"second\r\n"), email(1, b"third\r\n")])
    assert {receipt.outcome for receipt in first + second} == {Outcome.ACCEPTED}
    assert (tmp_path / "email" / "delivery1.eml").read_bytes().endswith(b"first\r\n")
    assert os.listdir(tmp_path / "email") == ["delivery1.eml"]  # noqa: PTH208  hidden files count too


@pytest.mark.parametrize("delivery_id", ["../../etc/passwd", "a/b", "", "a\0b", "x" * 300, ".hidden"])
def test_an_id_cannot_leave_the_folder(tmp_path: Path, delivery_id: str) -> None:
    from dataclasses import replace  # noqa: PLC0415  used once

    with Outbox(tmp_path / "outbox", Channel.EMAIL).open() as session:
        receipt = session.send([replace(email(1), delivery_id=delivery_id)])[0]
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "message-malformed")
    assert list(tmp_path.rglob("*.eml")) == []


def test_evidence_is_certain(tmp_path: Path) -> None:
    box = Outbox(tmp_path, Channel.EMAIL)
    with box.open() as session:
        session.send([email(1)])
    assert box.evidence([doubt("delivery1"), doubt("delivery2")]) == {"delivery1": True, "delivery2": False}


@pytest.mark.parametrize(
    ("number", "outcome", "code"),
    [
        (errno.ENOSPC, Outcome.LATER, "disk-full"),
        (errno.EDQUOT, Outcome.LATER, "disk-full"),
        (errno.EACCES, Outcome.HALTED, "no-permission"),
        (errno.EROFS, Outcome.HALTED, "no-permission"),
        (errno.EIO, Outcome.LATER, "write-failed"),
    ],
)
def test_what_an_error_of_the_disk_means(number: int, outcome: Outcome, code: str) -> None:
    receipt = receipt_of_failed_write("delivery1", OSError(number, "x"))
    assert (receipt.outcome, receipt.code, receipt.detail) == (outcome, code, os.strerror(number))


def test_a_disk_that_fills_up_leaves_no_half_file(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Outbox(tmp_path, Channel.EMAIL).open() as session:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))
        try:
            receipts = session.send([email(1), email(2, b"x" * 60000), email(3)])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [receipt.code for receipt in receipts] == ["", "disk-full", ""]
    assert sorted(os.listdir(tmp_path / "email")) == ["delivery1.eml", "delivery3.eml"]  # noqa: PTH208  hidden ones too


def test_what_a_killed_process_left_is_swept_after_a_while(tmp_path: Path) -> None:
    (tmp_path / "email").mkdir()
    old, new = tmp_path / "email" / ".a.eml.1.part", tmp_path / "email" / ".b.eml.2.part"
    old.write_bytes(b"half a lett")
    new.write_bytes(b"half a lett")
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    with Outbox(tmp_path, Channel.EMAIL).open() as session:
        session.send([email(1)])
    assert not old.exists()
    assert new.exists(), "another process may still be writing it"
