"""The desk's own words in the languages it speaks, and the ways in which each writes dates and numbers.

The words of the pages stand in English where they are used; `locale/<language>/LC_MESSAGES/desk.po` has the others.
A catalogue is read as it is, so that nothing compiled need be kept beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from babel.support import NullTranslations, Translations

from broadcaster.domain.language import language_tags
from broadcaster.domain.money import Money

LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "English", "ar": "العربية"})
"""What each language calls itself."""

CATALOGUES_FOLDER = Path(__file__).parents[1] / "locale"


@dataclass(frozen=True)
class DeskLocale:
    """One language of the desk, and the zone whose clock it goes by."""

    language: str
    zone: str

    @property
    def direction(self) -> str:
        return "rtl" if Locale.parse(self.language).text_direction == "rtl" else "ltr"

    @property
    def translations(self) -> NullTranslations:
        return _load_translations(self.language)

    def say(self, words: str, **values: object) -> str:
        """`words` in this language, with the values in their places."""
        said = self.translations.gettext(words)
        return said % values if values else said

    def moment(self, at: datetime) -> str:
        """An instant, on the wall clock: "Thu 26 Nov 2026, 09:00"."""
        return self._wall(at.astimezone(ZoneInfo(self.zone)))

    def wall(self, at: datetime) -> str:
        """A wall time, which has no zone, in the same words."""
        return self._wall(at)

    def clock(self, at: datetime) -> str:
        """The time of day of an instant."""
        return format_time(at, "HH:mm", tzinfo=ZoneInfo(self.zone), locale=self.language)

    def day(self, at: datetime) -> str:
        """The day of an instant: "Thursday 26 November"."""
        return format_date(at.astimezone(ZoneInfo(self.zone)), "EEEE d MMMM", locale=self.language)

    def language_name(self, tag: str) -> str:
        """What a language is called in this one: "Arabic", "العربية". In English as letters and commands call it."""
        ours = language_tags.language_name(tag)
        if self.language == "en" and ours != tag:
            return ours
        try:
            return Locale.parse(tag, sep="-").get_display_name(self.language) or ours
        except (ValueError, UnknownLocaleError):
            return ours

    def number(self, n: int | float) -> str:
        """A number, grouped as one is used to."""
        return format_decimal(n, locale=self.language)

    def money(self, cost: Money) -> str:
        """An amount, in the way of this language: £12.60."""
        return format_currency(cost.amount, cost.currency, locale=self.language)

    def lasting(self, time: timedelta) -> str:
        """A length of time in its largest unit: "3 minutes"."""
        return format_timedelta(time, locale=self.language, threshold=1.2)

    def _wall(self, at: datetime) -> str:
        return format_datetime(at.replace(tzinfo=None), "EEE d MMM y, HH:mm", locale=self.language)


@cache
def _load_translations(language: str) -> NullTranslations:
    source = CATALOGUES_FOLDER / language / "LC_MESSAGES" / "desk.po"
    if not source.exists():
        return NullTranslations()  # English stands in the pages
    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)
