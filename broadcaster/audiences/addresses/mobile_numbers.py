"""Mobile numbers: whether texts can go to the number of a row, which need not be so for a valid one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from broadcaster.audiences.addresses import foreign_numbers, phones
from broadcaster.audiences.addresses.address_cells import plain_number
from broadcaster.audiences.addresses.foreign_numbers import ForeignNumber
from broadcaster.audiences.model.defaults import Defaults
from broadcaster.audiences.model.row_errors import AcceptableReading, Flaw
from broadcaster.domain.problems import Severity

NOT_MOBILE_CODE = "phone-not-mobile"

_COUNTRY_CODE = re.compile(r"phone\+[1-9][0-9]{0,2}")

_REMEDY = "Write a mobile number with its country code, such as +44 7700 900123."
_EMAIL_SUFFICES_REMEDY = "Nothing needs doing if email is enough; a text needs a mobile number with its country code."


def is_country_reading_code(code: str) -> bool:
    """Whether a code that somebody accepts names a country of which numbers are read, such as `phone+880`."""
    return _COUNTRY_CODE.fullmatch(code) is not None


def check_mobile_number(
    flaws: list[Flaw], typed: str, values: dict[str, str], defaults: Defaults, accept: frozenset[str]
) -> list[Flaw]:
    """The flaws of a row, with what its number may be instead, and one more if no text can go to it.

    `typed` is what stands in the cell, `values` what the row comes to. Somebody with an email address is still written
    to, so that is a warning. Where one of the countries that the number may be of is among those that somebody accepts,
    it is put into `values`, and a warning says so; where two are, nobody knows which of them is meant.
    """
    if not typed:
        return flaws
    looked = list(_with_mobile_flaws(flaws, typed, values, defaults))
    ways = {way.code: way for flaw in looked for way in flaw.other_readings}
    if not (meant := [way for code, way in ways.items() if code in accept]):
        return looked
    if len(meant) > 1:
        return [
            replace(flaw, other_readings=tuple(way for way in flaw.other_readings if way not in meant))
            for flaw in looked
        ]
    (way,) = meant
    values["phone"] = way.value
    told = f"this number is read {way.reading}"
    remedy = "If that is wrong for somebody, write the right number with its country code."
    return [
        *(flaw for flaw in looked if not flaw.other_readings and flaw.code != "phone-zero-lost"),
        Flaw("phone-read-abroad", "phone", told, remedy, Severity.WARNING),
    ]


def _with_mobile_flaws(flaws: list[Flaw], typed: str, values: Mapping[str, str], defaults: Defaults) -> Iterator[Flaw]:
    language = values.get("language") or defaults.language
    wrong = [flaw.column for flaw in flaws if flaw.level is Severity.ERROR]

    def abroad() -> tuple[str, tuple[AcceptableReading, ...]]:
        # A cell with words or other numbers beside its number is mended by hand.
        found = foreign_numbers.find_foreign_numbers(plain_number(typed), defaults.region, language)
        return foreign_numbers.describe_foreign_numbers(found), tuple(map(_acceptable_reading, found))

    for flaw in flaws:
        if flaw.code == "phone-invalid":
            perhaps, ways = abroad()
            yield replace(flaw, message=flaw.message + perhaps, other_readings=ways)
        else:
            yield flaw
    if "phone" in wrong or (what := phones.kind_not_for_texts(values["phone"])) is None:
        return
    perhaps, ways = abroad()
    message = f"this is {what}, to which no text can be sent{perhaps}"
    if values.get("email") and "email" not in wrong:
        message += "; only the email address is used"
        yield Flaw(NOT_MOBILE_CODE, "phone", message, _EMAIL_SUFFICES_REMEDY, Severity.WARNING, other_readings=ways)
    else:
        yield Flaw(NOT_MOBILE_CODE, "phone", message, _REMEDY, other_readings=ways)


def _acceptable_reading(found: ForeignNumber) -> AcceptableReading:
    message = f"no text can go to this number as it is written; perhaps it is {found}"
    return AcceptableReading(f"phone{found.code}", found.number, f"as {found}", message)
