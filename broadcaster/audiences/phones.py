"""One telephone number from a roster: right or wrong, and in E.164.

The phonenumbers library decides; it takes 61 µs for a number. Two shapes make up nearly all of a roster, and for them
the library's way comes down to a few steps that are repeated here with the library's own patterns: + and a country's
digits, and the trunk 0 of a country that has nothing else before its numbers. Only ordinary fixed and mobile numbers of
a country's main plan are settled this way, and only as good; whatever else there is, and everything bad, goes to the
library. `tests/audiences/test_phones.py` holds both ways against each other for every country.
"""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat
from phonenumbers.phonemetadata import PhoneMetadata, PhoneNumberDesc

from broadcaster.audiences.flaws import Flaw, FlawError

# Ofcom keeps these for films and examples, so the library calls them invalid. Nobody has them, and invented rosters do.
_UK_DRAMA = r"(?:7700900|1632960|1154960)\d{3}"
_UK = 44
_USUAL_LENGTH = 40

_CELL = re.compile(r"'?\(?\+?[\d\s().\-\u2010-\u2015]{3,60}")
_FILLING = str.maketrans("", "", " -().")
_DIGITS = re.compile(r"\+?[0-9]{6,15}")
_SPREADSHEET_NUMBER = re.compile(r"\d[.,]\d+E\+?\d+", re.IGNORECASE)

_REMEDY = "Write one number with its country code, such as +44 7700 900123, nothing else in the cell."


class _Plan:
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
        self._patterns = [(set(desc.possible_length or self._lengths()), _pattern(desc)) for desc in ordinary]
        if metadata.country_code == _UK:
            self._patterns.append(({10}, re.compile(_UK_DRAMA)))
        self._whole = _pattern(self._general)

    def _lengths(self) -> tuple[int, ...]:
        return tuple(self._general.possible_length) if self._general is not None else ()

    def is_ordinary(self, digits: str) -> bool:
        """Whether these are the digits of a good fixed or mobile number, from which nothing would be stripped."""
        if digits[0] == "0" or (self._prefix is not None and self._prefix.match(digits)):
            return False
        length = len(digits)
        return (
            length in self._lengths()
            and any(length in lengths and pattern.fullmatch(digits) for lengths, pattern in self._patterns)
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


@lru_cache(maxsize=512)
def _plan(region: str) -> _Plan | None:
    """The plan of a region, if it is the main one of its calling code and tells numbers by pattern alone."""
    metadata = PhoneMetadata.metadata_for_region(region, None)
    if metadata is None or metadata.country_code is None or metadata.leading_digits is not None:
        return None
    main = phonenumbers.region_code_for_country_code(metadata.country_code) == region
    return _Plan(metadata) if main else None


@lru_cache(maxsize=1024)
def _plan_of_code(code: str) -> _Plan | None:
    region = phonenumbers.region_code_for_country_code(int(code))
    return _plan(region) if region not in ("ZZ", "001") else None


def read(text: str, region: str) -> str:
    """The number in E.164. `region` reads numbers without +. Raises `FlawError`."""
    digits = text.translate(_FILLING)
    if len(text) <= _USUAL_LENGTH and _DIGITS.fullmatch(digits):
        if text[0] == "+":
            for size in (3, 4, 2):
                plan = _plan_of_code(digits[1:size])
                if plan is not None:
                    return digits if plan.is_ordinary(digits[size:]) else read_slowly(text, region)
        elif digits[0] == "0" and (plan := _plan(region)) is not None:
            rest = plan.without_trunk_zero(digits)
            if rest is not None and plan.is_ordinary(rest):
                return f"+{plan.code}{rest}"
    return read_slowly(text, region)


def read_slowly(text: str, region: str) -> str:
    """As `read`, by the library alone."""
    if not _CELL.fullmatch(text):
        raise FlawError(_flaw(text))
    try:
        number = phonenumbers.parse(text.lstrip("'"), region)
    except phonenumbers.NumberParseException:
        raise FlawError(_flaw(text)) from None
    if not (phonenumbers.is_valid_number(number) or _is_uk_drama(number)):
        raise FlawError(_flaw(text))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _is_uk_drama(number: phonenumbers.PhoneNumber) -> bool:
    national = phonenumbers.national_significant_number(number)
    return number.country_code == _UK and re.fullmatch(_UK_DRAMA, national) is not None


def _flaw(text: str) -> Flaw:
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
