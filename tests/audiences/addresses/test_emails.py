import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.audiences.addresses.emails import EmailReader, read_email_by_library
from broadcaster.audiences.model.row_errors import FlawError
from broadcaster.domain.contact.addresses import plain_email

# Kept over all cases, so that what one address teaches about a domain is used for the next.
READER = EmailReader()

LOCALS = st.text("abAB01.!#$%&'*+-/=?^_`{|}~\"\\ (),:;<>[]@äم", max_size=70) | st.sampled_from(
    ["amina", "Info", "POSTMASTER", "a.b", "a..b", ".a", "a.", "a" * 64, "a" * 65, '"a b"', "amina+tag"]
)
GOOD_DOMAINS = ["example.org", "EXAMPLE.org", "mail.example.net", "a.test", "b.example", "xn--bcher-kva.example"]
ODD_DOMAINS = [
    "test",
    "localhost",
    "x.local",
    "b..example",
    "bücher.example",
    "Bücher.example",
    "-a.example",
    "a-.example",
]
BAD_DOMAINS = ["1.2", "a.b1", "ab--c.example", "x.invalid", "x.onion", "[192.0.2.1]", "xn--a.example"]
LONG_DOMAINS = [("a" * 63 + ".") * 3 + "example", "a" * 64 + ".example"]
DOMAINS = st.text("abAB01.-_äم@ ", max_size=30) | st.sampled_from(
    [*GOOD_DOMAINS, *ODD_DOMAINS, *BAD_DOMAINS, *LONG_DOMAINS]
)


def outcome(read: object, text: str) -> str:
    try:
        return read(text)  # type: ignore[operator, no-any-return]  # both readers have one signature
    except FlawError as error:
        return error.flaw.code


@given(LOCALS, DOMAINS)
def test_the_short_way_and_the_library_agree(local: str, domain: str) -> None:
    text = f"{local}@{domain}".strip()
    assert outcome(READER.read, text) == outcome(read_email_by_library, text)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_flaw(text: str) -> None:
    found = outcome(READER.read, text)
    assert found == outcome(read_email_by_library, text)
    assert found.isascii()


@given(LOCALS, DOMAINS)
def test_a_plain_address_of_the_config_is_one_for_the_library_too(local: str, domain: str) -> None:
    text = f"{local}@{domain}"
    if (plain := plain_email(text)) is not None:
        found = outcome(read_email_by_library, text)
        # The library knows names that are reserved; the plain form is judged by its letters alone.
        assert found.lower() == plain.lower() or domain.lower().endswith(("local", "invalid", "onion"))


def test_a_domain_in_other_letters_becomes_ascii() -> None:
    assert READER.read("amina@bücher.example") == "amina@xn--bcher-kva.example"
    assert READER.read("Amina@EXAMPLE.org") == "Amina@example.org"


def test_the_names_that_every_host_has_are_written_small() -> None:
    assert (
        READER.read("PostMaster@example.org")
        == read_email_by_library("PostMaster@example.org")
        == "postmaster@example.org"
    )


@pytest.mark.parametrize(
    ("text", "ascii_domain"),
    [
        ("amina@xn--mgba3gch31f060k.example", "xn--mgba3gch31f060k.example"),  # Persian, with a zero width non-joiner
        ("amina@XN--MGBA3GCH31F060K.Example", "xn--mgba3gch31f060k.example"),
        ("amina@نامه\u200cای.example", "xn--mgba3gch31f060k.example"),
        ("amina@mail.xn--mgba3gch31f060k.example", "mail.xn--mgba3gch31f060k.example"),
        ("amina@ශ්\u200dරී.example", "xn--10cl1a0b660p.example"),  # Sinhala, with a zero width joiner
        ("amina@xn--mgbah1a3hjkrd.example", "xn--mgbah1a3hjkrd.example"),  # no joiner: good for the library too
    ],
)
def test_a_domain_with_the_joiners_that_its_script_needs_is_taken(text: str, ascii_domain: str) -> None:
    assert READER.read(text) == read_email_by_library(text) == f"amina@{ascii_domain}"


@pytest.mark.parametrize(
    "text",
    [
        "amina@ex\u200cample.org",  # no script needs it there (RFC 5892, appendix A)
        "amina@xn--example-1q1d.org",
        "amina@xn--a.example",
        "a..b@xn--mgba3gch31f060k.example",
        "amina@xn--mgba3gch31f060k",
        "amina@xn--mgba3gch31f060k.invalid",
        "@xn--mgba3gch31f060k.example",
        f"{'a' * 65}@xn--mgba3gch31f060k.example",
        "أمينة@xn--mgba3gch31f060k.example",
        "amina@\u200c.example",
    ],
)
def test_and_nothing_else_with_one(text: str) -> None:
    assert outcome(READER.read, text) in ("email-invalid", "email-not-ascii")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("amina.example.org", "no @"),
        ("amina@example.org; omar@example.org", "more than one"),
        ("Amina <amina@example.org>", "more than the address"),
        ("amina @example.org", "space"),
        ("amina@example", "not an email address"),
        ("أمينة@example.org", "outside ASCII"),
    ],
)
def test_a_flaw_says_what_is_wrong_and_not_the_address(text: str, said: str) -> None:
    with pytest.raises(FlawError) as caught:
        READER.read(text)
    assert said in caught.value.flaw.message
    assert "amina" not in caught.value.flaw.message + caught.value.flaw.remedy.replace("name@", "")
