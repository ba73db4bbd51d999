"""What the doctor says of a message that came back, and of the domains behind it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import dkim  # type: ignore[import-untyped]
import pytest

from broadcaster.services.doctor import received_message
from broadcaster.services.doctor.dns_records import DnsRecords, InvalidResolverError, NameServerError
from broadcaster.services.doctor.findings import FindingLevel
from broadcaster.services.doctor.received_message import NotAMessageError
from tests.services.doctor.letterpost import AUTHOR, BOTH, MESSAGE, USUAL, key, published, signed
from tests.standins.nameserver import NameServer


def codes(message: bytes, texts: Mapping[str, Sequence[str]] | None = None) -> dict[str, FindingLevel]:
    with NameServer(published(key()[1]) if texts is None else texts) as server:
        return {
            one.code: one.level for one in received_message.check_received_message(message, DnsRecords(server.address))
        }


def bad(found: Mapping[str, FindingLevel]) -> set[str]:
    return {code for code, level in found.items() if level is not FindingLevel.GOOD}


def test_all_is_well() -> None:
    found = codes(signed())
    assert bad(found) == set()
    assert found.keys() >= {
        "dkim-holds",
        "one-click-signed",
        "dmarc-published",
        "spf-published",
        "return-path-aligned",
        "dmarc-passes",
        "arrived-encrypted",
    }


def test_line_ends_do_not_matter() -> None:
    """Programs save messages with the line ends of their system."""
    assert bad(codes(signed().replace(b"\r\n", b"\n"))) == set()


def test_what_dkimpy_signs_by_itself_is_not_enough() -> None:
    """Its choice has List-Unsubscribe and not -Post."""
    line = dkim.sign(MESSAGE, b"s1", AUTHOR.encode(), key()[0])
    found = codes(line + MESSAGE)
    assert bad(found) == {"one-click-unsigned"}


def test_neither_header_is_signed() -> None:
    with NameServer(published(key()[1])) as server:
        found = {
            one.code: one
            for one in received_message.check_received_message(signed(headers=USUAL), DnsRecords(server.address))
        }
    assert "List-Unsubscribe and List-Unsubscribe-Post" in found["one-click-unsigned"].message
    assert "dkim_sign_headers" in found["one-click-unsigned"].remedy


def test_two_signatures_that_cover_one_header_each_are_no_signature_over_both() -> None:
    half = signed(headers=(*USUAL, BOTH[0]))
    assert bad(codes(signed(half, headers=(*USUAL, BOTH[1])))) == {"one-click-unsigned"}


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"key": None}, "no key is published"),
        ({"key": ["v=DKIM1; k=rsa; p="]}, "was taken back"),
        ({"key": ["v=DKIM1; p=AAAA", "v=DKIM1; p=BBBB"]}, "2 records"),
        ({"key": [f"v=DKIM1; k=rsa; p={key(which='another')[1]}"]}, "is another one"),
        ({"key": ["v=DKIM1; k=rsa; p=AAAA"]}, "is another one"),
    ],
)
def test_a_key_that_does_not_fit(texts: Mapping[str, Sequence[str] | None], words: str) -> None:
    with NameServer(published(key()[1], **texts)) as server:
        found = {one.code: one for one in received_message.check_received_message(signed(), DnsRecords(server.address))}
    assert words in found["dkim-broken"].message
    assert {"one-click-unsigned", "dmarc-fails"} <= found.keys()


def test_a_changed_text() -> None:
    changed = signed().replace(b"All is well.", b"All is well. Sent by our relay.")
    assert bad(codes(changed)) == {"dkim-broken", "one-click-unsigned", "dmarc-fails"}


def test_a_changed_header() -> None:
    changed = signed().replace(b"Subject: [Test] News", b"Subject: [SPAM?] [Test] News")
    assert "dkim-broken" in bad(codes(changed))


def test_no_signature() -> None:
    assert bad(codes(MESSAGE)) == {"dkim-missing", "one-click-unsigned", "dmarc-fails"}


def test_a_signature_of_the_relay_alone_does_not_count_as_ours() -> None:
    texts = published(key()[1]) | {"s1._domainkey.relay.example": [f"v=DKIM1; p={key()[1]}"]}
    assert bad(codes(signed(domain="relay.example"), texts)) == {"dmarc-fails"}


def test_a_signature_of_a_domain_above_or_below_counts_unless_dmarc_is_strict() -> None:
    below = f"s1._domainkey.mail.{AUTHOR}"
    texts = published(key()[1]) | {below: [f"v=DKIM1; p={key()[1]}"]}
    assert bad(codes(signed(domain=f"mail.{AUTHOR}"), texts)) == set()
    strict = texts | {f"_dmarc.{AUTHOR}": ["v=DMARC1; p=reject; adkim=s"]}
    assert bad(codes(signed(domain=f"mail.{AUTHOR}"), strict)) == {"dmarc-fails"}


def test_two_organisations_below_one_ending_are_two() -> None:
    """`example` stands for an ending such as "police.uk"; it publishes no policy, or says that it is one (psd=y)."""
    other = {"s1._domainkey.elsewhere.example": [f"v=DKIM1; p={key()[1]}"]}
    for ending in ({}, {"_dmarc.example": ["v=DMARC1; p=none; psd=y"]}):
        assert "dmarc-fails" in bad(codes(signed(domain="elsewhere.example"), published(key()[1]) | other | ending))


def test_spf_alone() -> None:
    message = b"Authentication-Results: mx.mailbox.example; spf=pass smtp.mailfrom=ashmere.example\r\n" + MESSAGE
    assert {"dkim-missing", "dmarc-by-spf-alone"} <= bad(codes(message))
    assert codes(b"Received-SPF: pass (all is well)\r\n" + MESSAGE).keys() >= {"dmarc-by-spf-alone"}


def test_what_the_receiver_says() -> None:
    said = b"Authentication-Results: mx.mailbox.example; dkim=pass; spf=softfail; dmarc=pass\r\n"
    assert bad(codes(said + signed())) == {"receiver-doubts"}
    older = b"Authentication-Results: mx.relay.example; dkim=fail\r\n"
    fine = b"Authentication-Results: mx.mailbox.example; dkim=pass; spf=pass; dmarc=pass\r\n"
    assert bad(codes(fine + older + signed())) == set()


@pytest.mark.parametrize("spf", [None, ["v=spf1 -all", "v=spf1 ip4:192.0.2.1 -all"]])
def test_spf_that_is_missing_or_stands_twice(spf: Sequence[str] | None) -> None:
    assert bad(codes(signed(), published(key()[1], spf=spf))) == {"spf-missing"}


def test_no_dmarc() -> None:
    found = codes(signed(), published(key()[1], dmarc=None))
    assert bad(found) == {"dmarc-missing"}
    assert "dmarc-passes" in found, "it would pass"


def test_a_return_path_of_another_organisation() -> None:
    message = MESSAGE.replace(b"bounces+token@ashmere.example", b"bounces@relay.example")
    texts = published(key()[1]) | {"relay.example": ["v=spf1 -all"]}
    assert bad(codes(signed(message), texts)) == {"return-path-not-aligned"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b"", "one-click-missing"),
        (b"List-Unsubscribe: <https://letters.example.org/u/sample>\r\n", b"", "one-click-missing"),
        (b"<https://letters", b"<http://letters", "one-click-malformed"),
        (b"=One-Click", b"=one-klick", "one-click-malformed"),
    ],
)
def test_one_click(old: bytes, new: bytes, code: str) -> None:
    assert bad(codes(signed(MESSAGE.replace(old, new)))) == {code}


def test_what_could_be_better_of_a_signature() -> None:
    assert bad(codes(signed(length=True))) == {"dkim-partial"}
    short_pem, short = key(1024)
    assert bad(codes(signed(pem=short_pem), published(short))) == {"dkim-key-short"}
    tried = published(key()[1], key=[f"v=DKIM1; t=y; p={key()[1]}"])
    assert bad(codes(signed(), tried)) == {"dkim-testing"}


def test_an_unencrypted_last_way() -> None:
    plain = MESSAGE.replace(b"with ESMTPS\r\n (TLS1.3)", b"with ESMTP")
    assert bad(codes(signed(plain))) == {"arrived-unencrypted"}


@pytest.mark.parametrize(
    "junk", [b"DKIM-Signature: nonsense\r\n", b"DKIM-Signature: v=1; a=rsa-sha256; d=x; s=y; h=from; b=!; bh=!\r\n"]
)
def test_a_broken_signature_keeps_nobody_from_looking_at_the_other(junk: bytes) -> None:
    assert codes(junk + signed()).keys() >= {"dkim-broken", "dkim-holds", "one-click-signed"}


@pytest.mark.parametrize("data", [b"", b"no message\r\n", b"Subject: x\r\n\r\nFrom: a@b.example\r\n", b"\x00\xff" * 99])
def test_what_is_no_message(data: bytes) -> None:
    with NameServer({}) as server, pytest.raises(NotAMessageError):
        list(received_message.check_received_message(data, DnsRecords(server.address)))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotAMessageError, match="cannot be read"):
        received_message.read_message_file(tmp_path / "none.eml")


def test_a_name_server_that_does_not_answer() -> None:
    with NameServer({}) as server:
        address = server.address
    with pytest.raises(NameServerError):
        DnsRecords(address).texts("ashmere.example")


@pytest.mark.parametrize("server", ["dns.example", "127.0.0.1#port", "127.0.0.1:53", ""])
def test_what_is_no_name_server(server: str) -> None:
    with pytest.raises(InvalidResolverError):
        DnsRecords(server)
