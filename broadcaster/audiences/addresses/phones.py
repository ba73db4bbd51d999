"""One telephone number from a roster: right or wrong, in E.164, and whether a text can go to it.

The phonenumbers library decides; it takes 61 µs for a number. Two shapes make up nearly all of a roster, and for them
the library's way comes down to a few steps that are repeated here with the library's own patterns: + and a country's
digits, and the trunk 0 of a country that has nothing else before its numbers. Only ordinary fixed and mobile numbers of
a country's main plan are settled this way, and only as good; whatever else there is, and everything bad, goes to the
library. `tests/audiences/addresses/test_phones.py` holds both ways against each other for every country.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from phonenumbers.phonemetadata import PhoneMetadata, PhoneNumberDesc

from broadcaster.audiences.model.row_errors import Flaw, FlawError

# Ofcom keeps these for films and examples, so the library calls them invalid. Nobody has them, and invented rosters do.
_UK_DRAMA = r"(?:7700900|1632960|1154960)\d{3}"
_UK_DRAMA_MOBILE = re.compile(r"7700900\d{3}")
_UK = 44
_USUAL_LENGTH = 40

_CELL = re.compile(r"'?\(?\+?[\d\s().\-\u2010-\u2015]{3,60}")
_FILLING = str.maketrans("", "", " -().")
_DIGITS = re.compile(r"\+?[0-9]{6,15}")
_SPREADSHEET_NUMBER = re.compile(r"\d[.,]\d+E\+?\d+", re.IGNORECASE)

_REMEDY = "Write one number with its country code, such as +44 7700 900123, nothing else in the cell."

_MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}

_NUMBER_KINDS = {
    PhoneNumberType.FIXED_LINE: "a landline",
    PhoneNumberType.PREMIUM_RATE: "a premium rate number",
    PhoneNumberType.TOLL_FREE: "a freephone number",
    PhoneNumberType.SHARED_COST: "a shared cost number of a company",
    PhoneNumberType.UAN: "a company's number",
    PhoneNumberType.VOIP: "a number of internet telephony",
    PhoneNumberType.PERSONAL_NUMBER: "a number that is passed on to others",
    PhoneNumberType.PAGER: "a pager",
    PhoneNumberType.VOICEMAIL: "a voice mailbox",
}
_OTHER_KIND = "no mobile number"


class NumberingPlan:
    """How the main numbering plan of one country calling code tells ordinary numbers."""

    def __init__(self, metadata: PhoneMetadata) -> None:
        self.code = str(metadata.country_code)
        self._general = metadata.general_desc
        ordinary = [desc for desc in (metadata.mobile, metadata.fixed_line) if desc is not None]
        self._prefix = (
            re.compile(metadata.national_prefix_for_parsing) if metadata.national_prefix_for_parsing else None
        )
        self._leaves_numbers_whole = not metadata.national_prefix_transform_rule
        self._abroad = re.compile(metadata.international_prefix or "$^")
        self._patterns = list(self._rules(*ordinary))
        self._mobile = list(self._rules(metadata.mobile))
        # In the library's order (`number_type`) each of these stands before a mobile number.
        self._never_mobile = list(
            self._rules(
                metadata.premium_rate,
                metadata.toll_free,
                metadata.shared_cost,
                metadata.voip,
                metadata.personal_number,
                metadata.pager,
                metadata.uan,
                metadata.voicemail,
            )
        )
        if metadata.country_code == _UK:
            self._patterns.append(({10}, re.compile(_UK_DRAMA)))
            self._mobile.append(({10}, _UK_DRAMA_MOBILE))
        self._whole = _pattern(self._general)
        patterns = [f"(?:{pattern.pattern})" for _, pattern in self._never_mobile]
        # One look at all of them tells of nearly every number that it is none.
        self._seldom = re.compile("|".join(patterns) or "$^")

    def _lengths(self) -> tuple[int, ...]:
        return tuple(self._general.possible_length) if self._general is not None else ()

    def _rules(self, *kinds: PhoneNumberDesc | None) -> Iterator[tuple[set[int], re.Pattern[str]]]:
        for desc in kinds:
            if desc is not None and desc.national_number_pattern:
                yield set(desc.possible_length or self._lengths()), _pattern(desc)

    def is_mobile(self, digits: str) -> bool:
        """Whether these are the digits of a good number that is a mobile one, or may be."""
        return (
            len(digits) in self._lengths()
            and _matches_any(digits, self._mobile)
            and not (self._seldom.fullmatch(digits) and _matches_any(digits, self._never_mobile))
            and self._whole.fullmatch(digits) is not None
        )

    def is_ordinary(self, digits: str) -> bool:
        """Whether these are the digits of a good fixed or mobile number, from which nothing would be stripped."""
        if digits[0] == "0" or (self._prefix is not None and self._prefix.match(digits)):
            return False
        return (
            len(digits) in self._lengths()
            and _matches_any(digits, self._patterns)
            and self._whole.fullmatch(digits) is not None
        )

    def without_trunk_zero(self, digits: str) -> str | None:
        """The digits behind a trunk 0, where that is all the library would take away; else None."""
        if self._prefix is None or not self._leaves_numbers_whole or self._abroad.match(digits):
            return None
        match = self._prefix.match(digits)
        if match is None or match.end() != 1 or any(group is not None for group in match.groups()):
            return None
        return digits[1:]


def _pattern(desc: PhoneNumberDesc | None) -> re.Pattern[str]:
    return re.compile((desc.national_number_pattern if desc is not None else None) or "$^")


def _matches_any(digits: str, rules: list[tuple[set[int], re.Pattern[str]]]) -> bool:
    return any(len(digits) in lengths and pattern.fullmatch(digits) for lengths, pattern in rules)


@lru_cache(maxsize=512)
def numbering_plan(region: str) -> NumberingPlan | None:
    """The plan of a region, if it is the main one of its calling code and tells numbers by pattern alone."""
    metadata = PhoneMetadata.metadata_for_region(region, None)
    if metadata is None or metadata.country_code is None or metadata.leading_digits is not None:
        return None
    main = phonenumbers.region_code_for_country_code(metadata.country_code) == region
    return NumberingPlan(metadata) if main else None


@lru_cache(maxsize=1024)
def _numbering_plan_of_code(code: str) -> NumberingPlan | None:
    region = phonenumbers.region_code_for_country_code(int(code))
    return numbering_plan(region) if region not in ("ZZ", "001") else None


def _split_country_code(number: str) -> tuple[NumberingPlan | None, str]:
    """The plan of a number with +, and the digits behind the country's code."""
    for size in (3, 4, 2):
        if (found := _numbering_plan_of_code(number[1:size])) is not None:
            return found, number[size:]
    return None, ""


def read_number(text: str, region: str) -> str:
    """The number in E.164. `region` reads numbers without +. Raises `FlawError`."""
    digits = text.translate(_FILLING)
    if len(text) <= _USUAL_LENGTH and _DIGITS.fullmatch(digits):
        if text[0] == "+":
            found, national = _split_country_code(digits)
            if found is not None:
                return digits if found.is_ordinary(national) else read_number_by_library(text, region)
        elif digits[0] == "0" and (home := numbering_plan(region)) is not None:
            rest = home.without_trunk_zero(digits)
            if rest is not None and home.is_ordinary(rest):
                return f"+{home.code}{rest}"
    return read_number_by_library(text, region)


def read_number_by_library(text: str, region: str) -> str:
    """As `read_number`, by the library alone."""
    if not _CELL.fullmatch(text):
        raise FlawError(_phone_flaw(text))
    try:
        number = phonenumbers.parse(text.lstrip("'"), region)
    except phonenumbers.NumberParseException:
        raise FlawError(_phone_flaw(text)) from None
    if not (phonenumbers.is_valid_number(number) or _is_uk_drama(number)):
        raise FlawError(_phone_flaw(text))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def kind_not_for_texts(number: str) -> str | None:
    """What a good number in E.164 is that is no mobile number ("a landline"); None where a text can go to it.

    Texts go to what is a mobile number or may be one, as in North America, and to what films are given for one.
    """
    found, national = _split_country_code(number)
    if found is not None and found.is_mobile(national):
        return None
    return kind_not_for_texts_by_library(number)


def kind_not_for_texts_by_library(number: str) -> str | None:
    """As `kind_not_for_texts`, by the library alone."""
    parsed = phonenumbers.parse(number)
    kind = phonenumbers.number_type(parsed)
    national = phonenumbers.national_significant_number(parsed)
    if kind in _MOBILE or (parsed.country_code == _UK and _UK_DRAMA_MOBILE.fullmatch(national)):
        return None
    return _NUMBER_KINDS[PhoneNumberType.FIXED_LINE] if _is_uk_drama(parsed) else _NUMBER_KINDS.get(kind, _OTHER_KIND)


def _is_uk_drama(number: phonenumbers.PhoneNumber) -> bool:
    national = phonenumbers.national_significant_number(number)
    return number.country_code == _UK and re.fullmatch(_UK_DRAMA, national) is not None


def _phone_flaw(text: str) -> Flaw:
    if _SPREADSHEET_NUMBER.search(text):
        return Flaw(
            "phone-invalid",
            "phone",
            "the spreadsheet has shortened this number",
            "Format the column as text, type the number again, and save.",
        )
    if re.search(r"[/;,]", text):
        return Flaw("phone-invalid", "phone", "more than one number stands here", "Keep one, the one for texts.")
    return Flaw("phone-invalid", "phone", "this is not a telephone number that exists", _REMEDY)
