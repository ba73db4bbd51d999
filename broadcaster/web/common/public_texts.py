"""The pages' own words, and which language a reader gets them in."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from broadcaster.domain.language.language_tags import Direction
from broadcaster.domain.language.language_tags import writing_direction as direction_of
from broadcaster.domain.language.multilingual_text import MultilingualText

TEXTS_FOLDER = Path(__file__).parents[1] / "html" / "words"

PageTexts = Mapping[str, Mapping[str, str]]

_RANGE = re.compile(r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?")
_LONGEST = 500
"""Characters of an Accept-Language header that are looked at; real ones have fewer."""


@cache
def load_all_texts() -> Mapping[str, Mapping[str, Any]]:
    """Every language's words, by its tag: each file of the folder is a language. English comes first."""
    found = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted(TEXTS_FOLDER.glob("*.toml"))}
    return {"en": found.pop("en"), **found}


def named_languages(known: Iterable[str]) -> list[tuple[str, str]]:
    """These languages, each with its own name."""
    return [(tag, str(load_all_texts()[tag]["name"])) for tag in known]


def languages_with(texts: Iterable[MultilingualText]) -> tuple[str, ...]:
    """The languages in which pages can say all of these texts of the project; English where there is none."""
    needed = list(texts)
    return tuple(tag for tag in load_all_texts() if all(text.text_in(tag) is not None for text in needed)) or ("en",)


def texts_in_language(language: str) -> PageTexts:
    """The words of one of the languages."""
    return load_all_texts()[language]


def direction(language: str) -> Direction:
    """Which way the language is written."""
    return direction_of(language)


def language_for(known: Sequence[str], accepts: str, asked: str, home: str, message: str = "") -> str:
    """The language to answer in, one of `known`: the one `asked` for by its tag, else that of the `message` that led
    here, else the best of an Accept-Language header (RFC 9110, 12.5.4), else the organisation's own, else the first
    known. Never fails, whatever stands in them.

    A message comes in the language that its reader is known to read; a browser may be set to any.
    """
    for tag in (asked, message.partition("-")[0].lower()):
        if tag in known:
            return tag
    wanted = sorted(_ranges(accepts[:_LONGEST]), key=lambda pair: -pair[1])
    fallback = home.partition("-")[0].lower()
    for tag in (*(tag for tag, weight in wanted if weight > 0), fallback):
        if tag in known:
            return tag
    return known[0]


def _ranges(accepts: str) -> list[tuple[str, float]]:
    matches = (_RANGE.fullmatch(part) for part in accepts.split(","))
    return [(match[1].lower(), float(match[2] or 1)) for match in matches if match is not None]
