"""Filling, storing and reading back compiled letters; the inline logo; what the envelope may hold."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from broadcaster.domain.contact.channels import Channel
from broadcaster.letters.filling.mime import EmailSender
from broadcaster.letters.filling.serialisation import dump_skeleton, load_skeleton
from broadcaster.letters.filling.skeleton import EmailSkeleton, Envelope, SmsSkeleton
from broadcaster.letters.model.errors import FrameError, HeaderAddressError, SkeletonFormatError
from broadcaster.letters.rendering.fragments import Links
from tests.letters import equivalence
from tests.letters.writing import ENVELOPE, LINKS, SENDER, STARTER, SURROUNDINGS, blocks, compiler, load

PNG = (STARTER / "_frames" / "logo.png").read_bytes()


def skeleton(
    root: Path, sender: EmailSender = SENDER, body: str = "{{ recipient.a }} {{ links.web }}"
) -> EmailSkeleton:
    made = compiler(load(root, {"letter/en.md": blocks(body, subject="News for {{ recipient.a }}")}))
    return made.email(made.trace("en", {"a": "Ann"}, Channel.EMAIL).skeleton, sender)


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_the_headers_of_a_message(tmp_path: Path) -> None:
    raw = skeleton(tmp_path).fill(("Ann",), ENVELOPE, LINKS)
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
    assert head[:-1] == [
        "From: Eastmarch Police <news@eastmarch.example>",
        "Reply-To: ada@eastmarch.example",
        "To: Amina Khan <amina@example.org>",
        "Date: Tue, 01 Dec 2026 09:00:00 +0000",
        "Message-ID: <k3x9@eastmarch.example>",
        "Subject: News for Ann",
        f"List-Unsubscribe: <{LINKS.unsubscribe}>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "List-Id: <a1b2.lists.example>",
        "MIME-Version: 1.0",
        "Content-Language: en",
    ]


def test_without_pages_nothing_offers_to_unsubscribe(tmp_path: Path) -> None:
    made = compiler(load(tmp_path, {"letter/en.md": blocks()}), replace(SURROUNDINGS, links=False))
    trace = made.trace("en", {}, Channel.EMAIL)
    raw = equivalence.mime_holds(made.email(trace.skeleton, SENDER), (), ENVELOPE, Links())
    assert b"Unsubscribe" not in raw


def test_a_long_link_is_not_folded_in_its_header(tmp_path: Path) -> None:
    links = replace(LINKS, unsubscribe="https://letters.example.org/u/" + "x" * 300)
    raw = equivalence.mime_holds(skeleton(tmp_path), ("Ann",), ENVELOPE, links)
    assert f"\r\nList-Unsubscribe: <{links.unsubscribe}>\r\n".encode() in raw


def test_the_logo_is_inline(tmp_path: Path) -> None:
    made = skeleton(tmp_path, replace(SENDER, logo=PNG))
    message = parsed(equivalence.mime_holds(made, ("Ann",)))
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    *_, image = message.walk()
    assert image.get_content() == PNG
    assert f'src="cid:{image["Content-ID"][1:-1]}"' in made.html(("Ann",), LINKS)
    assert image.get_content_disposition() == "inline"


def test_a_logo_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FrameError):
        skeleton(tmp_path, replace(SENDER, logo=b"<svg/>")).fill(("Ann",), ENVELOPE, LINKS)


@pytest.mark.parametrize(
    "envelope",
    [
        replace(ENVELOPE, to_address="amina@example.org\r\nBcc: x@y.example"),
        replace(ENVELOPE, to_address="amina@example.org, x@y.example"),
        replace(ENVELOPE, message_id="a@b.example>\r\nBcc: x@y.example"),
        replace(ENVELOPE, message_id="a"),
    ],
)
def test_an_envelope_that_would_add_headers_is_refused(tmp_path: Path, envelope: Envelope) -> None:
    with pytest.raises(HeaderAddressError):
        skeleton(tmp_path).fill(("Ann",), envelope, LINKS)


def test_a_list_that_would_add_headers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HeaderAddressError):
        skeleton(tmp_path, replace(SENDER, list_id="a.example>\r\nBcc: <x@y.example")).fill(("Ann",), ENVELOPE, LINKS)


def test_a_link_that_would_add_headers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HeaderAddressError):
        skeleton(tmp_path).fill(
            ("Ann",), ENVELOPE, replace(LINKS, unsubscribe="https://x.example/>\r\nBcc: y@z.example")
        )


EVIL = "a@b.example>\r\nBcc: x@y.example"


@pytest.mark.parametrize(
    "sender", [replace(SENDER, list_id=EVIL), replace(SENDER, from_address=EVIL), replace(SENDER, reply_to=EVIL)]
)
def test_a_sender_that_would_add_headers_is_refused(tmp_path: Path, sender: EmailSender) -> None:
    with pytest.raises(HeaderAddressError):
        skeleton(tmp_path, sender).fill(("Ann",), ENVELOPE, LINKS)


def test_values_from_elsewhere_add_no_headers(tmp_path: Path) -> None:
    message = parsed(skeleton(tmp_path).fill(("Ann\r\nBcc: x@y.example",), ENVELOPE, LINKS))
    assert "Bcc" not in message
    assert message["Subject"] == "News for Ann  Bcc: x@y.example"


def test_a_time_in_another_zone_keeps_its_offset(tmp_path: Path) -> None:
    raw = skeleton(tmp_path).fill(
        ("Ann",), replace(ENVELOPE, date=datetime(2026, 3, 29, 0, 59, 1, 999, tzinfo=UTC)), LINKS
    )
    assert b"Date: Sun, 29 Mar 2026 00:59:01 +0000\r\n" in raw


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = skeleton(tmp_path / "a"), skeleton(tmp_path / "b")
    assert first == second
    assert first.fill(("Ann",), ENVELOPE, LINKS) == second.fill(("Ann",), ENVELOPE, LINKS)


def test_skeletons_are_stored_and_read_back(tmp_path: Path) -> None:
    made = skeleton(tmp_path, replace(SENDER, logo=PNG, reply_to=None))
    stored = load_skeleton(dump_skeleton(made))
    assert stored == made
    assert isinstance(stored, EmailSkeleton)
    assert stored.fill(("Zoë",), ENVELOPE, LINKS) == made.fill(("Zoë",), ENVELOPE, LINKS)
    texts = compiler(
        load(tmp_path / "sms", {"letter/en.md": blocks(sms="Hi {{ recipient.a }}\n\n\n\n {{ links.web }} \n")})
    )
    sms = texts.sms(texts.trace("en", {"a": "Ann"}, Channel.SMS).skeleton)
    again = load_skeleton(dump_skeleton(sms))
    assert isinstance(again, SmsSkeleton)
    assert again.fill(("Ann",), LINKS).body == f"Hi Ann\n\n {LINKS.web}"


@pytest.mark.parametrize("stored", [b"", b"[]", b"null", b"{}", b"\xff", b'{"format":1}', b'{"format":2,"key":""}'])
def test_what_is_no_skeleton_is_refused(stored: bytes) -> None:
    with pytest.raises(SkeletonFormatError):
        load_skeleton(stored)
