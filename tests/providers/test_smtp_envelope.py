"""A message as SMTP carries it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.delivery.outgoing_messages import OutgoingEmail
from broadcaster.providers.smtp.transactions.envelope import (
    ServerExtensions,
    dot_stuffed,
    find_obstacle,
    mail_command,
    message_body,
    rcpt_command,
    xtext,
)
from tests.providers.people import email

_LINES = st.lists(st.sampled_from([b"", b".", b"..", b"a", b".a", b"a.", b"\t."])).map(b"\r\n".join)


def unstuffed(data: bytes) -> bytes:
    lines = data.split(b"\r\n")
    return b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)


@given(_LINES)
def test_stuffing_hides_every_dot_and_can_be_undone(data: bytes) -> None:
    sent = dot_stuffed(data)
    assert b"\r\n.\r\n" not in b"\r\n" + sent
    assert unstuffed(sent) in {data, data + b"\r\n"}
    assert sent == b"" or sent.endswith(b"\r\n")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": "a@example.net>\r\nRCPT TO:<b@example.net"}, "address-malformed"),
        ({"to": "a b@example.net"}, "address-malformed"),
        ({"to": "<a@example.net>"}, "address-malformed"),
        ({"to": "zoë@example.net"}, "address-malformed"),
        ({"to": ""}, "address-malformed"),
        ({"sender": "a@example.org> SIZE=1"}, "sender-refused"),
        ({"data": b"Subject: a\n.\nMAIL FROM:<evil@example.org>\r\n"}, "message-malformed"),
        ({"data": b"a\r.\r\n"}, "message-malformed"),
        ({"data": b"a\r\n\n.\r\n"}, "message-malformed"),
        ({"data": "naïve\r\n".encode()}, "message-malformed"),
        ({"data": b"x" * 300}, "message-too-large"),
    ],
)
def test_what_must_not_be_handed_over_is_stopped_here(change: dict[str, str | bytes], code: str) -> None:
    message: OutgoingEmail = replace(email(1), **change)  # type: ignore[arg-type]  # the table mixes fields
    receipt = find_obstacle(message, ServerExtensions(size=200))
    assert receipt is not None
    assert receipt.code == code
    assert "example" not in receipt.detail


@given(st.binary(max_size=60))
def test_a_stray_line_end_never_passes(data: bytes) -> None:
    stray = data.replace(b"\r\n", b"")
    receipt = find_obstacle(replace(email(1), data=data), ServerExtensions(eight_bit=True))
    assert (receipt is None) == (b"\r" not in stray and b"\n" not in stray)


@given(_LINES)
def test_what_is_vouched_for_is_sent_as_it_is(data: bytes) -> None:
    message = replace(email(1), data=data, vouched=True)
    assert find_obstacle(message, ServerExtensions()) is None
    assert message_body(message) == data
    assert message_body(replace(message, vouched=False)) == dot_stuffed(data)


def test_eight_bit_text_goes_where_it_is_offered() -> None:
    message = replace(email(1), data="naïve\r\n".encode())
    offer = ServerExtensions(eight_bit=True)
    assert find_obstacle(message, offer) is None
    assert mail_command(message, offer) == b"MAIL FROM:<bounces+1@example.org> BODY=8BITMIME\r\n"


def test_only_what_is_offered_is_said() -> None:
    assert mail_command(email(1), ServerExtensions()) == b"MAIL FROM:<bounces+1@example.org>\r\n"
    assert rcpt_command(email(1), ServerExtensions()) == b"RCPT TO:<person1@example.net>\r\n"


def test_bounces_are_asked_for_by_our_attempt_and_without_the_letter() -> None:
    offer = ServerExtensions(dsn=True)
    assert mail_command(email(1), offer) == b"MAIL FROM:<bounces+1@example.org> RET=HDRS ENVID=attempt1\r\n"
    assert rcpt_command(email(1), offer) == b"RCPT TO:<person1@example.net> NOTIFY=FAILURE\r\n"


@pytest.mark.parametrize(("value", "coded"), [("a1-b", "a1-b"), ("a+b=c d", "a+2Bb+3Dc+20d"), ("é", "+C3+A9")])
def test_xtext(value: str, coded: str) -> None:
    assert xtext(value) == coded
