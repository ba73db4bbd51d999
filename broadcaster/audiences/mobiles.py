"""Whether texts can go to the number of a row: a number that exists is not enough."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from broadcaster.audiences import phones, readings
from broadcaster.audiences.cell_forms import plain_number
from broadcaster.audiences.defaults import Defaults
from broadcaster.audiences.readings import Reading
from broadcaster.audiences.row_errors import Flaw, Way
from broadcaster.domain.problems import Level

NOT_FOR_TEXTS = "phone-not-mobile"

_COUNTRY_CODE = re.compile(r"phone\+[1-9][0-9]{0,2}")

_REMEDY = "Write a mobile number with its country code, such as +44 7700 900123."
_WITHOUT = "Nothing needs doing if email is enough; a text needs a mobile number with its country code."


def is_country_code(code: str) -> bool:
    """Whether a code that somebody accepts names a country of which numbers are read, such as `phone+880`."""
    return _COUNTRY_CODE.fullmatch(code) is not None


def read_abroad(
    flaws: list[Flaw], typed: str, values: dict[str, str], defaults: Defaults, accept: frozenset[str]
) -> list[Flaw]:
    """The flaws of a row, with what its number may be instead, and one more if no text can go to it.

    `typed` is what stands in the cell, `values` what the row comes to. Somebody with an email address is still written
    to, so that is a warning. Where one of the countries that the number may be of is among those that somebody accepts,
    it is put into `values`, and a warning says so; where two are, nobody knows which of them is meant.
    """
    if not typed:
        return flaws
    looked = list(_looked_over(flaws, typed, values, defaults))
    ways = {way.code: way for flaw in looked for way in flaw.others}
    if not (meant := [way for code, way in ways.items() if code in accept]):
        return looked
    if len(meant) > 1:
        return [replace(flaw, others=tuple(way for way in flaw.others if way not in meant)) for flaw in looked]
    (way,) = meant
    values["phone"] = way.value
    told = f"this number is read {way.reading}"
    remedy = "If that is wrong for somebody, write the right number with its country code."
    return [
        *(flaw for flaw in looked if not flaw.others and flaw.code != "phone-zero-lost"),
        Flaw("phone-read-abroad", "phone", told, remedy, Level.WARNING),
    ]


def _looked_over(flaws: list[Flaw], typed: str, values: Mapping[str, str], defaults: Defaults) -> Iterator[Flaw]:
    language = values.get("language") or defaults.language
    wrong = [flaw.column for flaw in flaws if flaw.level is Level.ERROR]

    def abroad() -> tuple[str, tuple[Way, ...]]:
        # A cell with words or other numbers beside its number is mended by hand.
        found = readings.likely(plain_number(typed), defaults.region, language)
        return readings.perhaps(found), tuple(map(_way, found))

    for flaw in flaws:
        if flaw.code == "phone-invalid":
            perhaps, ways = abroad()
            yield replace(flaw, message=flaw.message + perhaps, others=ways)
        else:
            yield flaw
    if "phone" in wrong or (what := phones.not_for_texts(values["phone"])) is None:
        return
    perhaps, ways = abroad()
    message = f"this is {what}, to which no text can be sent{perhaps}"
    if values.get("email") and "email" not in wrong:
        message += "; only the email address is used"
        yield Flaw(NOT_FOR_TEXTS, "phone", message, _WITHOUT, Level.WARNING, others=ways)
    else:
        yield Flaw(NOT_FOR_TEXTS, "phone", message, _REMEDY, others=ways)


def _way(found: Reading) -> Way:
    message = f"no text can go to this number as it is written; perhaps it is {found}"
    return Way(f"phone{found.code}", found.number, f"as {found}", message)
