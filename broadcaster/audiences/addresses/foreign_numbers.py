"""What else a telephone number may be that makes no mobile number where we read it: a number of another country,
written as people write it at home.

A list of people with family abroad has such numbers, and read as British many of them are landlines or companies. Which
countries come first follows from the languages that are spoken there (CLDR, through babel): first those of the person's
own language, then those of the languages that our letters come in.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from functools import lru_cache

import phonenumbers
from babel import Locale
from babel.core import get_global

from broadcaster.audiences.addresses import phones
from broadcaster.audiences.model.row_errors import FlawError
from broadcaster.domain.language import language_tags

MOST_READINGS = 2
"""Readings that are shown at most."""

_SPOKEN_BY_PERCENT = 20
"""Per cent of a country from which on a language counts as spoken there; official ones always do."""

_LIKE_A_NUMBER = re.compile(r"\+?[0-9]{7,15}")


@dataclass(frozen=True, slots=True)
class ForeignNumber:
    """A mobile number, in E.164, that a text may stand for; `code` and `country_name` tell where without
    telling whose.
    """

    number: str = field(repr=False)
    code: str
    country: str

    def __str__(self) -> str:
        return f"{self.code} ({self.country})"


def find_foreign_numbers(text: str, region: str, language: str) -> tuple[ForeignNumber, ...]:
    """The mobile numbers of other countries that somebody may mean by this, the likeliest first, at most
    `MOST_READINGS`.

    `region` is the one by which the number was read, `language` the tag of the person's own.
    """
    digits = "".join(_ascii_digit(one) for one in text)
    if not _LIKE_A_NUMBER.fullmatch(digits):
        return ()
    found = dict.fromkeys(_possible_numbers(digits, region, language))
    return tuple(found)[:MOST_READINGS]


def describe_foreign_numbers(found: Iterable[ForeignNumber]) -> str:
    """Readings in words, to go on a sentence with; "" where there are none."""
    return f"; perhaps it is {' or '.join(map(str, found))}" if found else ""


def _ascii_digit(char: str) -> str:
    if char == "+":
        return char
    return str(unicodedata.decimal(char)) if char.isdecimal() else ""


def _possible_numbers(digits: str, region: str, language: str) -> Iterator[ForeignNumber]:
    home = phones.numbering_plan(region)
    if digits[0] != "+" and digits[0] != "0":
        yield from _international_number(digits, region)  # the + got lost
    elif digits.startswith("00"):
        yield from _international_number(digits[2:], region)  # as most countries, but not all, dial abroad
    # A program that puts the code of our own country before everything leaves what people wrote behind it.
    if digits[0] == "+" and home is not None and digits.startswith(f"+{home.code}"):
        digits = "0" + digits[len(home.code) + 1 :].lstrip("0")
    if digits[0] == "+":
        return
    own, letters, alike, others = _likely_countries(region, language)
    found = list(_mobile_numbers_in(own, digits))
    national = _national_digits(digits, home) if home is not None else ""
    # A mobile number of ours with a digit or two missing is no stranger's, unless the language says so.
    cut_short = home is not None and any(home.is_mobile(national + end) for end in ("0", "00"))
    yield from found
    if not found and not cut_short:
        good_here = home is not None and bool(national) and home.is_ordinary(national)
        yield from _mobile_numbers_in((*letters, *(() if good_here else alike), *others), digits)


def _mobile_numbers_in(regions: Iterable[str], digits: str) -> Iterator[ForeignNumber]:
    for region in regions:
        there = phones.numbering_plan(region)
        if there is not None and there.is_mobile(national := _national_digits(digits, there)):
            yield ForeignNumber(f"+{there.code}{national}", f"+{there.code}", country_name(region))


def _national_digits(digits: str, plan: phones.NumberingPlan) -> str:
    """What stands behind a country's code, of a number written at home there."""
    return plan.without_trunk_zero(digits) or digits


def _international_number(digits: str, region: str) -> Iterator[ForeignNumber]:
    try:
        number = phones.read_number(f"+{digits}", region)
    except FlawError:
        return
    there = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    if there and phones.kind_not_for_texts(number) is None:
        yield ForeignNumber(number, f"+{phonenumbers.country_code_for_region(there)}", country_name(there))


def country_name(region: str) -> str:
    """The English name of a region (ISO 3166-1); the code itself where there is none."""
    return str(Locale("en").territories.get(region, region))


@lru_cache(maxsize=256)
def _likely_countries(home: str, language: str) -> tuple[tuple[str, ...], ...]:
    """Countries in four groups, the likeliest first: that of this tag and those where its language is spoken, where one
    is that our letters come in, where people speak as most of ours do, and where another one is that we know.

    What is spoken in our own country tells nothing of a person's other one. Countries of which we know no language are
    left out: somewhere in the world nearly every number is a mobile one.
    """
    here = _spoken_languages(home)
    chief = max(here, key=lambda tag: here[tag], default="")
    away = phonenumbers.SUPPORTED_REGIONS - {home}
    groups: list[tuple[str, ...]] = []
    named = language_tags.region_of_tag(language)
    wanted: tuple[Set[str], ...] = (
        {language.partition("-")[0].lower()} - here.keys(),
        language_tags.LANGUAGE_NAMES.keys() - here.keys(),
        {chief},
        set(language_tags.known_languages()) - here.keys(),
    )
    own = (named,) if named in away else ()
    away -= set(own)
    for tags in wanted:
        groups.append(_by_share_of_speakers(away, tags))
        away -= set(groups[-1])
    return (own + groups[0], *groups[1:])


def _by_share_of_speakers(regions: Set[str], tags: Set[str]) -> tuple[str, ...]:
    """Those of these countries where one of the languages is spoken, by how many know it."""
    share = {region: max((_spoken_languages(region).get(tag, 0) for tag in tags), default=0) for region in regions}
    return tuple(sorted((region for region in regions if share[region]), key=lambda region: (-share[region], region)))


@lru_cache(maxsize=256)
def _spoken_languages(region: str) -> dict[str, float]:
    """The languages that are spoken in a country, with the per cent of people who know them."""
    found: dict[str, float] = {}
    for tag, facts in (get_global("territory_languages").get(region) or {}).items():
        share = float(facts["population_percent"])
        if share >= _SPOKEN_BY_PERCENT or facts["official_status"] in ("official", "de_facto_official"):
            found.setdefault(tag.partition("_")[0], share)
    return found
