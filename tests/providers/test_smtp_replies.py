"""Reading replies."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from broadcaster.providers.reasons import Reason
from broadcaster.providers.smtp.transactions.replies import ReplyReader, SmtpConnectionLostError, SmtpReply


def read(data: bytes) -> list[SmtpReply]:
    return list(ReplyReader().feed(data))


def test_lines_are_joined_and_codes_kept() -> None:
    assert read(b"250-one\r\n250-two\r\n250 three\r\n354\r\n") == [
        SmtpReply(250, "one\ntwo\nthree"),
        SmtpReply(354, ""),
    ]


@pytest.mark.parametrize(
    ("text", "status", "reference"),
    [
        ("2.0.0 Ok: queued as 4Bx7Yz0cQhz9rxN", "2.0.0", "4Bx7Yz0cQhz9rxN"),
        ("OK id=1rABcd-0001Xy-2z", "", "1rABcd-0001Xy-2z"),
        ("Ok 0102018b3f2c-5d0a-4f6e-9c1b-000000", "", "0102018b3f2c-5d0a-4f6e-9c1b-000000"),
        ("5.1.10 null MX", "5.1.10", ""),
        ("5.1.1", "5.1.1", ""),
        ("no status 5.1.1", "", ""),
    ],
)
def test_status_and_reference(text: str, status: str, reference: str) -> None:
    reply = SmtpReply(250, text)
    assert (reply.status, reply.reference) == (status, reference)


@pytest.mark.parametrize(
    "data",
    [
        b"hello\r\n",
        b"\r\n",
        b"99 x\r\n",
        b"600 x\r\n",
        b"250x\r\n",
        b"250-a\r\n251 b\r\n",
        b"250 " + b"x" * 5000,
        b"250 " + b"x" * 5000 + b"\r\n",
        b"250-x\r\n" * 200,
        "٢٥٠ ok\r\n".encode(),
    ],
)
def test_what_is_no_reply_breaks_the_talk(data: bytes) -> None:
    with pytest.raises(SmtpConnectionLostError) as caught:
        read(data)
    assert caught.value.reason is Reason.GARBLED


def test_what_came_before_nonsense_counts() -> None:
    heard = []
    with pytest.raises(SmtpConnectionLostError):
        for reply in ReplyReader().feed(b"250 taken\r\nnonsense\r\n"):
            heard.append(reply)
    assert heard == [SmtpReply(250, "taken")]


@given(st.binary(max_size=300))
@example(b"3\n")
@example(b"25\r\n")
def test_any_bytes_give_replies_or_break_the_talk(data: bytes) -> None:
    try:
        assert all(200 <= reply.code < 600 for reply in read(data))
    except SmtpConnectionLostError as error:
        assert error.reason is Reason.GARBLED
