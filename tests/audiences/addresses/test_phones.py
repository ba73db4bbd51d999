import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers.phonemetadata import PhoneMetadata

from broadcaster.audiences.addresses import phones
from broadcaster.audiences.model.row_errors import FlawError

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


def outcome(reader: object, text: str, region: str) -> str:
    try:
        return reader(text, region)  # type: ignore[operator, no-any-return]  # both readers have one signature
    except FlawError as error:
        return error.flaw.code


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, str]:
    """Numbers near the good ones of every country, written in many ways."""
    region = draw(st.sampled_from(REGIONS))
    kind = draw(st.sampled_from([phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE]))
    example = phonenumbers.example_number_for_type(region, kind) or phonenumbers.example_number(region)
    assert example is not None
    digits = list(str(example.national_number))
    for place in draw(st.lists(st.integers(0, len(digits) - 1), max_size=3)):
        digits[place] = draw(st.sampled_from("0123456789"))
    national = "".join(digits)[: draw(st.integers(3, len(digits)))] + draw(st.sampled_from(["", "", "", "0", "12"]))
    prefix = draw(st.sampled_from([f"+{example.country_code}", "0", "", "00", f"+{example.country_code}0", "1", "8"]))
    text = prefix + national
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(st.sampled_from([" ", "-", "(", ")", ".", "'", "+"])) + text[place:]
    return text.strip(), draw(st.sampled_from([region, "GB", "US"]))


@given(numbers())
def test_the_short_way_and_the_library_agree_on_numbers_of_every_country(number: tuple[str, str]) -> None:
    text, region = number
    assert outcome(phones.read_number, text, region) == outcome(phones.read_number_by_library, text, region)


@st.composite
def good_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """Numbers made from a country's own patterns, in the forms people write."""
    region = draw(st.sampled_from(REGIONS))
    metadata = PhoneMetadata.metadata_for_region(region, None)
    assert metadata is not None
    kinds = [desc for desc in (metadata.mobile, metadata.fixed_line) if desc and desc.national_number_pattern]
    pattern = draw(st.sampled_from([desc.national_number_pattern for desc in kinds] or [r"\d{7}"]))
    digits = draw(st.from_regex(pattern or "", fullmatch=True, alphabet="0123456789"))
    prefix = draw(st.sampled_from([f"+{metadata.country_code}", "0", metadata.national_prefix or "", ""]))
    return prefix + digits, region


@given(good_numbers())
def test_the_short_way_and_the_library_agree_on_good_numbers(number: tuple[str, str]) -> None:
    text, region = number
    assert outcome(phones.read_number, text, region) == outcome(phones.read_number_by_library, text, region)


@pytest.mark.parametrize(("text", "region"), [("015300000000", "IL"), ("019870000", "UY")])
def test_what_a_country_dials_for_abroad_is_left_to_the_library(text: str, region: str) -> None:
    assert outcome(phones.read_number, text, region) == "phone-invalid"


@given(st.text("+0123456789 ()-.'/x", min_size=1, max_size=24), st.sampled_from(REGIONS))
def test_the_short_way_and_the_library_agree_on_any_digits(text: str, region: str) -> None:
    assert outcome(phones.read_number, text, region) == outcome(phones.read_number_by_library, text, region)


@given(st.text(max_size=40), st.sampled_from(["GB", "PK", "XX"]))
def test_any_text_is_a_number_or_a_flaw(text: str, region: str) -> None:
    found = outcome(phones.read_number, text.strip(), region)
    assert found == "phone-invalid" or found.startswith("+")


@pytest.mark.parametrize(
    "text",
    [
        "07700 900123",
        "+447700900123",
        "(07700) 900-123",
        "7700900123",
        "447700900123",
        "0044 7700 900123",
        "'+447700900123",
    ],
)
def test_the_ways_people_write_one_number(text: str) -> None:
    assert phones.read_number(text, "GB") == "+447700900123"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("4.477E+11", "the spreadsheet has shortened"),
        ("07700 900123 / 07700 900124", "more than one number"),
        ("07700", "not a telephone number"),
        ("ring the mosque", "not a telephone number"),
        ("999", "not a telephone number"),
    ],
)
def test_a_flaw_says_what_is_wrong_and_not_the_number(text: str, said: str) -> None:
    with pytest.raises(FlawError) as caught:
        phones.read_number(text, "GB")
    assert said in caught.value.flaw.message
    assert text not in caught.value.flaw.message + caught.value.flaw.remedy


def test_usual_numbers_take_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise AssertionError("asked the library")

    monkeypatch.setattr(phones, "read_number_by_library", refuse)
    assert phones.read_number("07700 900123", "GB") == "+447700900123"
    assert phones.read_number("+44 20 7946 0123", "GB") == "+442079460123"
    assert phones.read_number("+92 301 2345678", "GB") == "+923012345678"


@given(numbers())
def test_the_short_way_and_the_library_agree_on_what_can_take_a_text(number: tuple[str, str]) -> None:
    found = outcome(phones.read_number, *number)
    if found.startswith("+"):
        assert phones.kind_not_for_texts(found) == phones.kind_not_for_texts_by_library(found)


@given(good_numbers())
def test_they_agree_for_good_numbers_of_every_country(number: tuple[str, str]) -> None:
    found = outcome(phones.read_number, *number)
    if found.startswith("+"):
        assert phones.kind_not_for_texts(found) == phones.kind_not_for_texts_by_library(found)


@pytest.mark.parametrize("region", REGIONS)
def test_the_example_of_each_kind_of_each_country_is_told(region: str) -> None:
    kinds = phonenumbers.PhoneNumberType
    for kind in kinds.values():
        example = phonenumbers.example_number_for_type(region, kind)
        if example is None:
            continue
        number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        told = phones.kind_not_for_texts(number)
        assert told == phones.kind_not_for_texts_by_library(number)
        really = phonenumbers.number_type(example)
        assert (told is None) == (really in (kinds.MOBILE, kinds.FIXED_LINE_OR_MOBILE)), (region, kind)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("07700 900123", None),  # kept for drama, and no kind of number for the library
        ("+44 7400 123456", None),
        ("+880 1912 345678", None),
        ("+92 300 1234567", None),
        ("+1 202 555 0123", None),  # North America tells nobody which of the two it is
        ("+61 491 570 156", None),
        ("020 7946 0123", "a landline"),
        ("01632 960123", "a landline"),  # kept for drama too
        ("01912345678", "a landline"),
        ("03001234567", "a company's number"),
        ("0800 123 4567", "a freephone number"),
        ("0909 123 4567", "a premium rate number"),
        ("0843 123 4567", "a premium rate number"),
        ("+49 180 5 123456", "a shared cost number of a company"),
        ("070 1234 5678", "a number that is passed on to others"),
        ("056 1234 5678", "a number of internet telephony"),
        ("07640 123456", "a pager"),
        ("+1 800 555 0123", "a freephone number"),
        ("+49 30 123456", "a landline"),
        ("+33 1 23 45 67 89", "a landline"),
    ],
)
def test_to_which_numbers_a_text_can_go(text: str, what: str | None) -> None:
    assert phones.kind_not_for_texts(phones.read_number(text, "GB")) == what
