"""Headers: nothing that a name or a subject holds becomes a header, an address or another encoding."""

import email
import email.policy
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.text.cleaning import clean_text
from broadcaster.letters.filling import email_headers
from broadcaster.letters.model.errors import HeaderAddressError

SNEAKY = [
    "=?utf-8?q?foo=0ABcc:_evil@x.example?=",
    "=?utf-8?b?Zm9vCkJjYzogZXZpbEB4LmV4YW1wbGU=?=",
    "=?utf-8?q?a?==?utf-8?q?b?=",
    "news\r\nBcc: evil@x.example",
    "news\n Bcc: evil@x.example",
    "a\rb",
    'x" <evil@x.example>, "y',
    "a@b.example, c@d.example",
    "(comment) name",
    "name;",
    "x" * 5_000,
    "word " * 900,
]


def parsed(raw: str) -> EmailMessage:
    message = email.message_from_bytes(f"{raw}\r\nx".encode("ascii"), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize("text", SNEAKY)
def test_no_subject_makes_another_header(text: str) -> None:
    raw = email_headers.unstructured("Subject", text)
    message = parsed(raw)
    assert message.keys() == ["Subject"]
    # What Python 3.11.7 does with encoded words when it writes a message again is where `Bcc:` came from.
    again = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
    assert again.keys() == ["Subject"]
    assert "Bcc" not in again
    assert "".join(str(message["Subject"]).split()) == "".join(text.split())


@pytest.mark.parametrize("name", SNEAKY)
def test_no_name_makes_another_recipient(name: str) -> None:
    raw = email_headers.mailbox("To", name, "ann@example.org")
    message = parsed(raw)
    assert message.keys() == ["To"]
    (address,) = message["To"].addresses
    assert address.addr_spec == "ann@example.org"
    assert "Bcc" not in email.message_from_bytes(message.as_bytes(), policy=email.policy.default)


@given(st.text(max_size=300).map(clean_text))
def test_every_clean_text_comes_back(text: str) -> None:
    raw = email_headers.unstructured("Subject", text)
    assert raw.isascii() and raw.endswith("\r\n") and "\n" not in raw.replace("\r\n", "")
    assert all(len(line) <= 78 for line in raw.split("\r\n"))
    assert parsed(raw)["Subject"] == text
    unfolded = raw.removeprefix("Subject: ").removesuffix("\r\n").replace("\r\n", "")
    assert str(make_header(decode_header(unfolded))) == text or "=?" not in raw


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ann Lee", "To: Ann Lee <ann@example.org>\r\n"),
        ("", "To: ann@example.org\r\n"),
        ("O'Brien, Pat", 'To: "O\'Brien, Pat" <ann@example.org>\r\n'),
        ('Ann "Bo" Lee', 'To: "Ann \\"Bo\\" Lee" <ann@example.org>\r\n'),
        ("a\\b", 'To: "a\\\\b" <ann@example.org>\r\n'),
        ("Dr. Lee", 'To: "Dr. Lee" <ann@example.org>\r\n'),
        ("Zoë", "To: =?utf-8?b?Wm/Dqw==?= <ann@example.org>\r\n"),
    ],
)
def test_names_stand_as_they_may(name: str, expected: str) -> None:
    assert email_headers.mailbox("To", name, "ann@example.org") == expected


@pytest.mark.parametrize(
    "address",
    [
        *("", "annlee9", "ann@", "@example.org", "ann@example.org\r\nBcc: x@y.example", "ann@example.org, x@y.example"),
        *("ann lee@example.org", "<ann@example.org>", "ann@exa mple.org", "zoë@example.org", "ann@-example.org"),
        *(
            "ann@example..org",
            "ann@example.org>",
            '"ann"@example.org',
            "ann@[127.0.0.1]",
            "ann@xn--.\u0130\u0307example",
        ),
    ],
)
def test_what_is_no_plain_address_is_refused(address: str) -> None:
    for display in ("Ann", "", "Zoë"):
        with pytest.raises(HeaderAddressError) as caught:
            email_headers.mailbox("To", display, address)
        assert not address or address not in str(caught.value)


def test_a_domain_in_another_script_is_put_in_ascii() -> None:
    assert email_headers.mailbox("To", "", "ann@bücher.example") == "To: ann@xn--bcher-kva.example\r\n"


def test_a_long_name_is_folded_before_the_address() -> None:
    raw = email_headers.mailbox("To", "n" * 58, "somebody.with.a.long.name@mail.example.org")
    assert raw == f"To: {'n' * 58}\r\n <somebody.with.a.long.name@mail.example.org>\r\n"


@pytest.mark.parametrize(
    "url", ["", "https://x.example/\r\nBcc: y", "https://x.example/>", "javascript:x", "https://x.example/ y"]
)
def test_links_that_cannot_stand_in_a_header_are_refused(url: str) -> None:
    with pytest.raises(HeaderAddressError):
        email_headers.header_link(url)


def test_the_date_is_as_mail_wants_it() -> None:
    assert email_headers.date(datetime(2026, 12, 1, 9, 5, tzinfo=UTC)) == "Tue, 01 Dec 2026 09:05:00 +0000"
