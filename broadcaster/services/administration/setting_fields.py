"""A setting as a form shows it: each field by its name, as text; what may stand in it, and how config.yaml says it.

A text for each language has a field for each: `name.en`. The field `name` alone holds one text for all languages.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import TypeVar

from broadcaster.config.field_types import scalars
from broadcaster.config.yaml_files.editing import quote_yaml
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.language.language_tags import is_language_tag
from broadcaster.domain.language.multilingual_text import MultilingualText

T = TypeVar("T")

Fields = Mapping[str, str]
YamlEntry = Mapping[str, str | Mapping[str, str]]
"""The keys of an entry, each with its value as it is written in YAML; by language where there is one for each."""


class InvalidSettingError(BroadcasterError):
    """A setting as typed cannot be. `fields` has a code for each field that is wrong."""

    code = "setting-impossible"
    default_remedy = "Change what is marked, and save again."

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("Something in this form cannot be.")
        self.fields = dict(fields)


def filled_fields(fields: Fields) -> dict[str, str]:
    """The fields that say something."""
    return {name: typed for name, typed in fields.items() if typed}


def state_token(fields: Fields) -> str:
    """A short digest of what a form showed, by which a change since then is seen."""
    text = json.dumps(filled_fields(fields), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def text_fields(name: str, text: MultilingualText) -> dict[str, str]:
    """The fields of a text of config.yaml."""
    return {f"{name}.{said.language}" if said.language else name: said.text for said in text.texts}


def text_by_language(name: str, fields: Fields) -> dict[str, str]:
    """What was typed for single languages, by language."""
    return {
        field.removeprefix(f"{name}."): typed
        for field, typed in fields.items()
        if typed and field.startswith(f"{name}.")
    }


def yaml_text(name: str, fields: Fields) -> str | dict[str, str]:
    """A text of the form as config.yaml says it."""
    if each := text_by_language(name, fields):
        return {language: quote_yaml(typed) for language, typed in each.items()}
    return quote_yaml(fields.get(name, ""))


class FieldChecker:
    """Looks at the fields of one form, and collects a code for each that is wrong."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self.wrong: dict[str, str] = {}

    def line(self, name: str, *, needed: bool = True) -> None:
        """One line of text."""
        typed = self._fields.get(name, "")
        if typed:
            self.parsed(name, scalars.parse_line, "line")
        elif needed:
            self.wrong[name] = "missing"

    def text(self, name: str) -> None:
        """One text for all languages, or one for each of some."""
        each = text_by_language(name, self._fields)
        if each and self._fields.get(name):
            self.wrong[name] = "either"
        if not each:
            self.line(name)
        for language in each:
            self.line(f"{name}.{language}")
            if not is_language_tag(language):
                self.wrong[f"{name}.{language}"] = "line"

    def in_language(self, name: str, language: str) -> None:
        """A text that must be there in a language: the organisation's own."""
        each = text_by_language(name, self._fields)
        if each and MultilingualText.of(each).text_in(language) is None:
            self.wrong.setdefault(f"{name}.{language}", "home")

    def date(self, name: str) -> date | None:
        """A calendar day, or nothing."""
        return self.parsed(name, scalars.parse_date, "date") if self._fields.get(name) else None

    def time(self, name: str) -> time | None:
        """A time of day."""
        return self.parsed(name, scalars.parse_time_of_day, "time")

    def parsed(self, name: str, parse: Callable[[str], T], code: str) -> T | None:
        """What `parse` makes of a field; None, with `code` noted, where it raises ValueError."""
        try:
            return parse(self._fields.get(name, ""))
        except ValueError:
            self.wrong.setdefault(name, code)
            return None

    def refuse_wrong(self) -> None:
        """Raise InvalidSettingError where a field is wrong."""
        if self.wrong:
            raise InvalidSettingError(self.wrong)
