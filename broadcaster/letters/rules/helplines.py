"""Rules for helplines: those a letter needs are there and in date, and their numbers stand in config.yaml only."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from broadcaster.domain.problems import Problem
from broadcaster.letters.rules.static_text import line_number_at, static_text

EXPIRY_WARNING = timedelta(days=30)
"""How long before a helpline expires it is mentioned: time enough to ring the number and ask."""

_BETWEEN = r"[\s().\-\u2010-\u2015/]*"


@dataclass(frozen=True, slots=True)
class HelplineNumber:
    """A helpline as config.yaml has it. `expires` is the first day on which it must not be given any more."""

    number: str
    verified: date | None = None
    expires: date | None = None


def check_helplines(
    required: Iterable[str], known: Mapping[str, HelplineNumber], today: date, file: str
) -> Iterator[Problem]:
    """Problems of the helplines that a letter requires. `file` is its letter.yaml; `today` the day it is to go out."""
    for name in dict.fromkeys(required):
        helpline = known.get(name)
        if helpline is None:
            yield Problem.error(
                "helpline-missing",
                f"the letter requires the helpline '{name}', which config.yaml does not have",
                "Add it under `helplines` in config.yaml, with its number and the dates.",
                file=file,
            )
            continue
        if helpline.expires is not None:
            yield from _check_dates(name, helpline.expires, today, file)
        if helpline.verified is not None and helpline.verified > today:
            yield Problem.warning(
                "helpline-verified-ahead",
                f"the helpline '{name}' says that it was verified on {helpline.verified}, which is still to come",
                "Put the day on which somebody rang the number.",
                file=file,
            )


def check_written_numbers(source: str, known: Mapping[str, HelplineNumber], file: str) -> Iterator[Problem]:
    """Numbers of helplines that are written out in a letter's source, in whatever digits, with their lines."""
    blanked = static_text(source)
    readable = "".join(_digit(char) for char in blanked)
    for name, helpline in known.items():
        digits = [char for char in helpline.number if char.isdigit()]
        if len(digits) < 3:
            continue
        pattern = rf"(?<![\d+£$€#/])(?<!\d[.,:\-]){_BETWEEN.join(digits)}(?![\d%]|[.,:/\-]\d)"
        for match in re.finditer(pattern, readable):
            yield Problem.warning(
                "helpline-written-out",
                f"the number of the helpline '{name}' is written out",
                f"Write {{{{ helplines['{name}'].number }}}}, so that one change in config.yaml reaches every letter.",
                file=file,
                line=line_number_at(readable, match.start()),
            )


def _check_dates(name: str, expires: date, today: date, file: str) -> Iterator[Problem]:
    remedy = "Ring the number, then put new dates for `verified` and `expires` in config.yaml."
    if today >= expires:
        yield Problem.error("helpline-expired", f"the helpline '{name}' expired on {expires}", remedy, file=file)
    elif today >= expires - EXPIRY_WARNING:
        yield Problem.warning("helpline-expires-soon", f"the helpline '{name}' expires on {expires}", remedy, file=file)


def _digit(char: str) -> str:
    if char.isascii() or not char.isdecimal():
        return char
    return str(unicodedata.decimal(char))
