"""What else a number may be: the readings are the library's own for that country, and the likeliest comes first."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.audiences.addresses import foreign_numbers

MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("01912345678", "en", "+880 (Bangladesh)"),
        ("01712345678", "bn", "+880 (Bangladesh)"),
        ("01712-345678", "en", "+880 (Bangladesh) or +49 (Germany)"),
        ("1712345678", "bn", "+880 (Bangladesh)"),  # its zero is lost as well
        ("8801712345678", "en", "+880 (Bangladesh)"),  # its plus is lost
        ("০১৭১২৩৪৫৬৭৮", "bn", "+880 (Bangladesh)"),
        ("+441912345678", "en", "+880 (Bangladesh)"),  # a program put our own code before it
        ("03001234567", "en", "+92 (Pakistan)"),
        ("0300 123 4567", "ur", "+92 (Pakistan)"),
        ("0300 123 4567", "ur-Latn", "+92 (Pakistan)"),
        ("923001234567", "en", "+92 (Pakistan)"),
        ("0612345678", "so", "+252 (Somalia)"),
        ("01012345678", "ar", "+20 (Egypt)"),
        ("512 345 678", "pl", "+48 (Poland)"),
        ("0712345678", "en-KE", "+254 (Kenya)"),
        ("0712345678", "sw", "+255 (Tanzania) or +256 (Uganda)"),
    ],
)
def test_a_number_written_as_at_home(text: str, language: str, said: str) -> None:
    assert (
        foreign_numbers.describe_foreign_numbers(foreign_numbers.find_foreign_numbers(text, "GB", language))
        == f"; perhaps it is {said}"
    )


@pytest.mark.parametrize(
    ("text", "region", "said"),
    [
        ("07700 900123", "US", "+964 (Iraq)"),
        ("0171 2345678", "PL", "+880 (Bangladesh)"),
        ("03001234567", "US", "+92 (Pakistan)"),
        ("087 123 4567", "GB", "+353 (Ireland)"),
        ("0300 1234567", "FR", "+92 (Pakistan)"),
    ],
)
def test_the_same_for_lists_of_other_countries(text: str, region: str, said: str) -> None:
    assert said in foreign_numbers.describe_foreign_numbers(foreign_numbers.find_foreign_numbers(text, region, "xx"))


@pytest.mark.parametrize(
    "text",
    [
        "020 7946 0018",  # a landline of London, and a mobile number of a country or two whose language nobody here has
        "07700 9001",  # two digits are missing
        "0712345678",  # one is
        "999",
        "no phone",
        "",
        "1" * 40,
        "+999123456789",
    ],
)
def test_where_nothing_is_likely_nothing_is_said(text: str) -> None:
    assert foreign_numbers.describe_foreign_numbers(foreign_numbers.find_foreign_numbers(text, "GB", "en")) == ""


@given(
    st.text("+0123456789 ()-", max_size=18),
    st.sampled_from(["GB", "US", "BD", "DE"]),
    st.sampled_from(["en", "bn", "xx"]),
)
def test_each_reading_is_a_good_mobile_number_for_the_library_and_no_more_than_two_are_told(
    text: str, region: str, language: str
) -> None:
    found = foreign_numbers.find_foreign_numbers(text, region, language)
    assert len(found) <= foreign_numbers.MOST_READINGS
    for one in found:
        number = phonenumbers.parse(one.number)
        assert phonenumbers.is_valid_number(number)
        assert phonenumbers.number_type(number) in MOBILE
        assert one.number.startswith(one.code)
        assert one.number not in repr(one)
