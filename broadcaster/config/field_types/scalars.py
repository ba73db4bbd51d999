"""What a piece of text in a file can mean: lines, numbers, durations, times. Each says what it would accept."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from broadcaster.domain.language import language_tags
from broadcaster.domain.local_time import walltime
from broadcaster.domain.money import Money

T = TypeVar("T")

_DURATION = re.compile(r"(\d{1,6}) ?(s|min|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days"}
_PACE = re.compile(r"(\d{1,7}) ?/ ?(s|min|m|h)")
_PACE_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600}
_PRICE = re.compile(r"(\d{1,6}(?:\.\d{1,6})?) ?([A-Z]{3})")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class PaceSettings:
    """So many messages in so many seconds."""

    count: int
    seconds: int

    @property
    def per_second(self) -> float:
        return self.count / self.seconds


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """An address of this machine and a TCP port."""

    host: str
    port: int


def wrong_value(message: str, remedy: str) -> PydanticCustomError:
    """The error a validator raises: what is wrong with the value, and what would be right."""
    return PydanticCustomError("wrong", "{message}", {"message": message, "remedy": remedy})


def text_validator(parse: Callable[[str], T]) -> BeforeValidator:
    """A validator for values that are written as one piece of text. A default has its type already."""

    def validate(value: Any) -> Any:
        if isinstance(value, dict | list):
            raise wrong_value(
                "one value is needed here, not a list or a block of keys", "Write the value on the same line."
            )
        return parse(value) if isinstance(value, str) else value

    return BeforeValidator(validate)


def quoted(text: str) -> str:
    """The value as a message repeats it: short, on one line, nothing invisible in it."""
    plain = _CONTROL.sub(" ", text)
    return f"'{plain[:40]}…'" if len(plain) > 40 else f"'{plain}'"


def parse_line(text: str) -> str:
    """One line of text that is neither empty nor holds control characters: names and roles end up in headers."""
    stripped = text.strip()
    if not stripped:
        raise wrong_value("there is nothing between the quotes", "Write a value.")
    if _CONTROL.search(stripped) or len(stripped) > 500:
        raise wrong_value("this must be one line of at most 500 characters", "Shorten it to one plain line.")
    return stripped


def parse_paragraph(text: str) -> str:
    """Text that may run over several lines, but is not empty."""
    if not text.strip():
        raise wrong_value("there is nothing here", "Write a sentence.")
    return text.strip()


def parse_name(text: str) -> str:
    """A name that is also a key or part of a file name: letters, digits, - and _, so it cannot leave its folder."""
    if not _NAME.fullmatch(text):
        raise wrong_value(
            f"{quoted(text)} cannot be used as a name",
            "Use letters a to z, digits, - and _ only, at most 64, beginning with a letter or digit.",
        )
    return text


def parse_whole_number(text: str) -> int:
    """A whole number in plain digits."""
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise wrong_value(f"{quoted(text)} is not a whole number", "Write digits only, for example 100.")
    return int(text)


def number_between(low: int, high: int) -> BeforeValidator:
    """A whole number within bounds."""

    def parse(text: str) -> int:
        number = parse_whole_number(text)
        if not low <= number <= high:
            raise wrong_value(f"{number} is out of range", f"Write a number from {low} to {high}.")
        return number

    return text_validator(parse)


def parse_yes_or_no(text: str) -> bool:
    """`true`, `yes` and `on`, or their opposites."""
    word = text.casefold()
    if word in ("true", "yes", "on"):
        return True
    if word in ("false", "no", "off"):
        return False
    raise wrong_value(f"{quoted(text)} is neither yes nor no", "Write true or false.")


def parse_duration(text: str) -> timedelta:
    """`45s`, `30m` (or `30min`), `2h`, `1d`."""
    match = _DURATION.fullmatch(text)
    if not match:
        raise wrong_value(f"{quoted(text)} is not a length of time", "Write a number and s, m, h or d: 30m, 2h.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def parse_price(text: str) -> Money:
    """`0.042 GBP`: an amount and the three letters of its currency."""
    match = _PRICE.fullmatch(text)
    if not match:
        raise wrong_value(f"{quoted(text)} is not a price", "Write an amount and a currency: 0.042 GBP.")
    return Money(Decimal(match[1]), match[2])


def parse_pace(text: str) -> PaceSettings:
    """`50/s`, `600/min`, `10000/h`."""
    match = _PACE.fullmatch(text)
    if not match or not int(match[1]):
        raise wrong_value(
            f"{quoted(text)} is not a pace", "Write a number, / and s, min or h, for example 50/s or 600/min."
        )
    return PaceSettings(int(match[1]), _PACE_SECONDS[match[2]])


def parse_listen_address(text: str) -> ListenAddress | None:
    """`127.0.0.1:8080`, `[::1]:8080`, or `off`."""
    if text.casefold() == "off":
        return None
    host, colon, port = text.rpartition(":")
    try:
        address = str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        address = "127.0.0.1" if host.casefold() == "localhost" else ""
    if not (colon and address and port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise wrong_value(
            f"{quoted(text)} is not an address to listen on",
            "Write an address of this machine and a port, for example 127.0.0.1:8080, or off.",
        )
    return ListenAddress(address, int(port))


def parse_time_of_day(text: str) -> time:
    """A time of day, hours and minutes."""
    match = _TIME.fullmatch(text)
    if not match:
        raise wrong_value(
            f"{quoted(text)} is not a time of day", "Write hours and minutes, for example 09:00 or 21:30."
        )
    return time(int(match[1]), int(match[2]))


def parse_date(text: str) -> date:
    """A calendar day, year first."""
    try:
        if _DATE.fullmatch(text) and walltime.is_sensible_date(found := date.fromisoformat(text)):
            return found
    except ValueError:
        pass
    raise wrong_value(f"{quoted(text)} is not a date", "Write year-month-day, for example 2026-12-01.")


AS_SOON_AS_APPROVED = "as soon as approved"
"""What stands in the place of a time where a campaign has none."""


def parse_wall_time(text: str) -> datetime | None:
    """A wall time, to the minute or the second; it stays naive, for it is what people wrote. None for what goes out as
    soon as it is approved.
    """
    if " ".join(text.casefold().split()) == AS_SOON_AS_APPROVED:
        return None
    try:
        return walltime.parse(text)
    except walltime.WallTimeError as error:
        remedy = f"{error.remedy} Or write: {AS_SOON_AS_APPROVED}"
        raise wrong_value(f"{quoted(text)} is not a date and time", remedy) from None


def parse_timezone(text: str) -> str:
    """A name of the IANA time zone database."""
    try:
        walltime.zone(text)
    except walltime.UnknownTimezoneError as error:
        raise wrong_value(f"{quoted(text)} is not a known timezone", error.remedy) from None
    return text


def parse_language(text: str) -> str:
    """A language tag (BCP 47)."""
    if not language_tags.is_language_tag(text):
        raise wrong_value(f"{quoted(text)} is not a language tag", "Write a tag such as en, ar, ur or pa-Arab.")
    return text


def parse_region(text: str) -> str:
    """A two-letter country code (ISO 3166-1), by which telephone numbers without + are read."""
    if not re.fullmatch("[A-Za-z]{2}", text):
        raise wrong_value(f"{quoted(text)} is not a country code", "Write two letters, for example GB.")
    return text.upper()


def parse_variable_name(text: str) -> str:
    """The name of an environment variable. The message keeps quiet about what stands there: it may be the secret."""
    if not _VARIABLE.fullmatch(text):
        raise wrong_value(
            "this is not the name of an environment variable",
            "Write the variable's name (such as SMTP_PASSWORD), never the secret itself; if it was one, change it.",
        )
    return text


def _path_below_root(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, dict | list):
        raise wrong_value("the path of a file is needed here", "Write it on the same line.")
    if not isinstance(value, str | Path):
        return value
    if not str(value).strip() or "\0" in str(value):
        raise wrong_value(
            "this is not the path of a file", "Write a path, relative to the project folder or from / on."
        )
    root: Path = (info.context or {}).get("root", Path())
    return root / Path(value).expanduser()


Line = Annotated[str, text_validator(parse_line)]
Paragraph = Annotated[str, text_validator(parse_paragraph)]
Name = Annotated[str, text_validator(parse_name)]
Flag = Annotated[bool, text_validator(parse_yes_or_no)]
Port = Annotated[int, number_between(1, 65535)]
Duration = Annotated[timedelta, text_validator(parse_duration)]
PaceText = Annotated[PaceSettings, text_validator(parse_pace)]
Price = Annotated[Money, text_validator(parse_price)]
ListenText = Annotated[ListenAddress | None, text_validator(parse_listen_address)]
TimeOfDay = Annotated[time, text_validator(parse_time_of_day)]
CalendarDate = Annotated[date, text_validator(parse_date)]
WallTime = Annotated[datetime | None, text_validator(parse_wall_time)]
TimeZone = Annotated[str, text_validator(parse_timezone)]
Language = Annotated[str, text_validator(parse_language)]
Region = Annotated[str, text_validator(parse_region)]
VariableName = Annotated[str, text_validator(parse_variable_name)]
FilePath = Annotated[Path, BeforeValidator(_path_below_root)]
