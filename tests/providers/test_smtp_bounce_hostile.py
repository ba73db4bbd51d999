"""Anybody can write to a return path: nothing that comes there raises, takes long, or is believed for its form."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from broadcaster.keys import new_id
from broadcaster.keys.ids import decode_id
from broadcaster.providers.answers import find_topics
from broadcaster.providers.smtp.bounces.bounce_reader import read_bounce
from broadcaster.providers.smtp.bounces.mime_parts import MESSAGE_LIMIT, leaf_parts, split_message
from tests.providers.test_smtp_bounce import BOUNCES, ID

AT = datetime(2026, 12, 1, 9, 50, tzinfo=UTC)
REAL = [file.read_bytes() for file in sorted(BOUNCES.glob("*.eml"))]
TO = f"bounces+{ID}@letters.example"

_LINES = [
    b"",
    b"--b",
    b"--b--",
    b"--",
    b"\x00\xff\xfe",
    b" continued",
    b"Content-Type: multipart/report; boundary=b",
    b"Content-Type: multipart/mixed; boundary=",
    b"Content-Type: message/delivery-status; charset=punycode",
    b"Content-Type: message/feedback-report",
    b"Content-Type: message/rfc822",
    b"Content-Transfer-Encoding: base64",
    b"Content-Transfer-Encoding: quoted-printable",
    b"Content-Transfer-Encoding: uuencode",
    b"=?utf-8?q?=0A?= =3D=",
    b"QUJD",
    b"Action: failed",
    b"Status: 5.1.1",
    b"Status: 999999999999999999999.5.1",
    b"Original-Envelope-Id: " + ID.encode() + b"-1",
    b"Final-Recipient: ;;;",
    b"Diagnostic-Code: ;",
    b"Feedback-Type: abuse",
    b"From: MAILER-DAEMON",
    b"Hi. This is the qmail-send program",
    b"<a@b.example>:",
    b"550 5.1.1",
]
_MAIL = st.lists(st.sampled_from(_LINES) | st.binary(max_size=40), max_size=60).map(b"\r\n".join)


@settings(max_examples=400, deadline=None)
@given(data=_MAIL | st.binary(max_size=300), to=st.sampled_from(["", TO, "+@", "\x00"]))
@example(data=b":" * 10, to=TO)
@example(data=b"\n", to=TO)
def test_nothing_raises(data: bytes, to: str) -> None:
    report = read_bounce(data, AT, to)
    if report is not None:
        assert report.attempt_id.partition("-")[0] == ID
        assert len(report.detail) <= 300
        assert report.detail.isprintable()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    data=st.sampled_from(REAL),
    edits=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 60), st.binary(max_size=20)), min_size=1, max_size=6),
)
def test_a_real_one_that_was_damaged_raises_nothing(data: bytes, edits: list[tuple[int, int, bytes]]) -> None:
    for at, length, instead in edits:
        data = data[:at] + instead + data[at + length :]
    read_bounce(data, AT)


def nested(depth: int) -> bytes:
    heads = [b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(depth)]
    return b"".join(heads)


HUGE = {
    "one line": b"a" * (2 * MESSAGE_LIMIT),
    "one header": b"Subject: " + b"a" * (2 * MESSAGE_LIMIT),
    "many headers": b"A: b\r\n" * 100_000,
    "one folded header": b"To: a\r\n" + b" b\r\n" * 200_000,
    "nesting": nested(8_000),
    "messages within": b"Content-Type: message/rfc822\r\n\r\n" * 20_000,
    "many parts": b"Content-Type: multipart/report; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 80_000,
    "many alike boundaries": b"Content-Type: multipart/report; boundary=b\r\n\r\n" + b"--b    x\r\n" * 60_000,
    "spaces after a boundary": b"Content-Type: multipart/report; boundary=b\r\n\r\n--b" + b" " * MESSAGE_LIMIT + b"x",
    "parameters": b"Content-Type: multipart/report" + b';a="\\"' * 100_000,
    "recipients": b"Content-Type: message/delivery-status\r\n\r\n"
    + b"Action: failed\r\nStatus: 5.1.1\r\n\r\n" * 20_000,
    "words without end": b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\nDiagnostic-Code: "
    + b"cn=" * MESSAGE_LIMIT,
    "an address without end": b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\nFinal-Recipient: rfc822;"
    + b"a." * MESSAGE_LIMIT,
    "digits": b"From: MAILER-DAEMON\r\n\r\n" + b"5.1." * MESSAGE_LIMIT,
    "dashes": b"From: MAILER-DAEMON\r\n\r\n" + b"-" * MESSAGE_LIMIT,
    "qmail paragraphs": b"\r\n\r\nHi. This is the\n\n" + b"x\n\n" * MESSAGE_LIMIT,
    "base64": b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUJD" * MESSAGE_LIMIT,
    "two thousand parts within each other": nested(2_000)
    + b"\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed",
    "boundaries that are none": b"Content-Type: multipart/report; boundary=z\r\n\r\n"
    + b"".join(b"--abcde%d\r\n" % number for number in range(40_000)),
    "messages within messages": b"From: MAILER-DAEMON\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n"
    * 8_000,
    "a tag without end": b"From: MAILER-DAEMON\r\nContent-Type: text/html\r\n\r\n<" + b"a" * MESSAGE_LIMIT,
    "tags without end": b"From: MAILER-DAEMON\r\nContent-Type: text/html\r\n\r\n" + b"<a" * MESSAGE_LIMIT,
    "answers": b"From: MAILER-DAEMON\r\n\r\n" + b"550 no\n\n" * MESSAGE_LIMIT,
    "addresses": b"From: MAILER-DAEMON\r\n\r\n550 " + b"a@b.example " * MESSAGE_LIMIT,
    "a word of ours, again and again": b"From: MAILER-DAEMON\r\n\r\n550 "
    + b"ip host message size user " * MESSAGE_LIMIT,
    "qmail recipients": b"From: MAILER-DAEMON\n\nHi. This is the\n" + b"<a>:\nx\n\n" * MESSAGE_LIMIT,
    "quoted-printable": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=\r\n" * MESSAGE_LIMIT,
}


@pytest.mark.parametrize("name", HUGE)
def test_nothing_takes_long(name: str) -> None:
    began = time.process_time()
    read_bounce(HUGE[name], AT, TO)
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize(("filler", "is_read"), [(MESSAGE_LIMIT // 2, True), (MESSAGE_LIMIT, False)])
def test_only_so_much_of_a_message_is_looked_at(filler: int, is_read: bool) -> None:
    real = (BOUNCES / "postfix-unknown.eml").read_bytes()
    assert read_bounce(real + b"x" * 2 * MESSAGE_LIMIT, AT) is not None
    stuffed = real.replace(b"This is the mail system", b"x" * filler)
    assert (read_bounce(stuffed, AT) is not None) == is_read


def test_thirty_megabytes_take_no_longer_than_what_is_looked_at_of_them() -> None:
    """What is behind the first 512 KB is not read, so the work is the same."""
    real = (BOUNCES / "postfix-unknown.eml").read_bytes()
    large = real + b"--x\r\n\r\n\n" * (4 * 1024 * 1024)
    assert len(large) > 30 * 1000 * 1000
    assert read_bounce(large, AT) == read_bounce(large[:MESSAGE_LIMIT], AT) == read_bounce(real, AT)
    assert _cpu(large) < 3 * _cpu(large[:MESSAGE_LIMIT]) + 0.05


def _cpu(data: bytes) -> float:
    def once() -> float:
        began = time.process_time()
        read_bounce(data, AT, TO)
        return time.process_time() - began

    return min(once() for _ in range(3))


@pytest.mark.parametrize("length", [500, 2_000, 8_000])
def test_the_work_on_an_answer_has_an_end(length: int) -> None:
    """A server chooses what it answers; however long, no more than so much of it is read."""
    for word in (
        "user",
        "ip",
        "host",
        "message",
        "size",
        "exceed",
        "accept",
        "not",
        "from",
        "a.",
        "<",
        "a@",
        "550",
        "5.1.1",
    ):
        began = time.process_time()
        find_topics(f"{word} " * length)
        assert time.process_time() - began < 0.5


def test_a_long_value_is_cut() -> None:
    head = split_message(b"To: a\r\n" + b" b\r\n" * 10_000 + b"Subject: " + b"c" * 10_000 + b"\r\n\r\n").head
    assert {len(head.get(name)) <= 2000 for name in ("to", "subject")} == {True}
    assert head.get("subject").startswith("ccc")


def test_a_stranger_who_knows_no_id_reports_nothing() -> None:
    """Ids that nobody was given, one character off or of another form, are no clue."""
    real = (BOUNCES / "exim-unknown.eml").read_bytes()
    for wrong in (ID[:-1], ID + "a", "1" + ID[1:], ID[:-1] + "b", "*" * 26):
        assert read_bounce(real.replace(ID.encode(), wrong.encode()), AT) is None, wrong
    stranger = new_id()
    report = read_bounce(real.replace(ID.encode(), stranger.encode()), AT)
    assert report is not None, "well-formed: the ledger is who knows that there is no such delivery"
    assert report.attempt_id == stranger
    assert decode_id(ID) is not None


def test_parts_are_bounded_in_number_and_depth() -> None:
    assert len(leaf_parts(split_message(HUGE["many parts"]))) == 32
    [leaf] = leaf_parts(split_message(nested(10)))
    assert leaf.head.kind == "multipart/mixed"


def test_the_samples_are_invented() -> None:
    for data in REAL:
        assert b".com" not in data
        assert b".uk" not in data
