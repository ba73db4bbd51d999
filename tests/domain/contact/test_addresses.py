import pytest

from broadcaster.domain.contact.addresses import canonical_address, is_e164, plain_email


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Amina.O'Hara+x@Example.ORG", "Amina.O'Hara+x@example.org"),
        ("a@b.example", "a@b.example"),
        ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
        ("a" * 65 + "@example.org", None),
        ("a@example", None),
        ("a..b@example.org", None),
        ("a@-example.org", None),
        ("a@example.1", None),
        ("a@xn--bcher-kva.example", None),
        ("amína@example.org", None),
        ("a@example.org\n", None),
        ("a@" + "b" * 250 + ".org", None),
    ],
)
def test_plain_addresses(text: str, plain: str | None) -> None:
    assert plain_email(text) == plain


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("+447700900123", True),
        ("447700900123", False),
        ("+0447700900", False),
        ("+44770", False),
        ("+" + "1" * 16, False),
    ],
)
def test_numbers(text: str, good: bool) -> None:
    assert is_e164(text) is good


def test_two_spellings_are_one_person() -> None:
    assert canonical_address("Amina@Example.org") == canonical_address("amina@example.org")
