"""Languages as people write them into cells: English, اردو, Bangla, AR, ur_PK. The names are those of the CLDR."""

import difflib
import re
from functools import lru_cache

from babel import Locale
from babel.core import get_global
from babel.localedata import locale_identifiers

from broadcaster.audiences.model.row_errors import Flaw, FlawError
from broadcaster.domain.language import language_tags
from broadcaster.domain.problems import Severity

_IN_LANGUAGES = ("en", "ar", "ur", "bn", "so", "cy", "pl")
"""The languages that lists are kept in."""

_OTHER_NAMES = {
    "bangla": "bn",
    "farsi": "fa",
    "parsi": "fa",
    "dari": "fa-AF",
    "pushto": "ps",
    "pashtu": "ps",
    "soomaali": "so",
    "british english": "en-GB",
    "castilian": "es",
    "sorani": "ckb",
    "kurdish sorani": "ckb",
    "kurmanji": "ku",
    "kurdish kurmanji": "ku",
    "pidgin": "pcm",
    "عربي": "ar",
    "انجليزي": "en",
    "إنجليزي": "en",
    "انگریزی": "en",
    "اردو زبان": "ur",
    "বাংলা ভাষা": "bn",
}

_DOUBTFUL_NAMES = {
    "kurdish": ("ku", "Kurdish is written in two ways: Kurmanji (ku) and Sorani (ckb)"),
    "punjabi": ("pa", "Punjabi is written in two scripts: Gurmukhi (pa) and Shahmukhi (pa-PK)"),
    "panjabi": ("pa", "Punjabi is written in two scripts: Gurmukhi (pa) and Shahmukhi (pa-PK)"),
    "cantonese": ("zh", "Cantonese is spoken; it is written as Chinese (zh)"),
    "mandarin": ("zh", "Mandarin is spoken; it is written as Chinese (zh)"),
    "gaelic": ("gd", "Gaelic is Scottish (gd) or Irish (ga)"),
}

_TAG_REMEDY = "Write a tag: en, ar, ur, bn, so, or another of two letters."
_CONSTRUCTED = frozenset({"ia", "ie", "jbo", "tlh", "vo"})
"""Languages in which nobody is written to: their names are slips, or jokes."""

_NAME_SEPARATOR = re.compile(r"\s*(?:[/;,&+]|\s(?:and|or)\s)\s*", re.IGNORECASE)


def read_language(text: str) -> str:
    """The language tag (BCP 47) that a cell stands for, in its usual case.

    Raises `FlawError`: a warning with the reading for a word that means one language, an error for what may mean
    another or nothing.
    """
    tag = text.replace("_", "-")
    if language_tags.is_language_tag(tag):
        if text == "UK":
            message = "UK is the tag of Ukrainian, and the name of a country"
            raise FlawError(Flaw("language-unknown", "language", message, "Write uk for Ukrainian, en for English."))
        return _canonical_tag(tag)
    word = _normalise_name(text)
    if word in _DOUBTFUL_NAMES:
        likely, message = _DOUBTFUL_NAMES[word]
        raise _unclear_language_error(message, likely)
    if found := _tag_of_name(word) or _tag_of_name(re.sub(r"\s*\(.*\)$", "", word)):
        message = "the language is written as a word"
        remedy = f"It is read as {found}. Nothing needs doing."
        raise FlawError(
            Flaw("language-word", "language", message, remedy, Severity.WARNING, likely=found, reading=f"as {found}")
        )
    parts = [_tag_of_name(_normalise_name(part)) for part in _NAME_SEPARATOR.split(text)]
    if len(parts) > 1 and all(parts):
        raise _unclear_language_error("more than one language stands here", parts[0])
    near = difflib.get_close_matches(word, _english_names(), n=1, cutoff=0.8) if word.isalpha() else []
    if near:
        raise _unclear_language_error("this is not a language, but spelt nearly like one", _english_names()[near[0]])
    raise FlawError(Flaw("language-unknown", "language", "this is not a language tag", _TAG_REMEDY))


def _unclear_language_error(message: str, likely: str) -> FlawError:
    remedy = f"Write the tag. Likely it is {likely}."
    return FlawError(Flaw("language-doubtful", "language", message, remedy, likely=likely, reading=f"as {likely}"))


def _canonical_tag(tag: str) -> str:
    """A tag in the case that is usual (RFC 5646, 2.1.1), its language by the shorter of two codes (ISO 639)."""
    first, *rest = tag.split("-")
    alias = get_global("language_aliases").get(first.lower(), "") if len(first) == 3 else ""
    language = alias if language_tags.is_language_tag(alias) and len(alias) == 2 else first.lower()
    parts = (one.title() if len(one) == 4 and one.isalpha() else one.upper() if len(one) == 2 else one for one in rest)
    return "-".join((language, *parts))


def _tag_of_name(word: str) -> str:
    return (
        _OTHER_NAMES.get(word)
        or _english_names().get(word)
        or _names_in_other_languages().get(word)
        or _endonyms().get(word, "")
    )


def _normalise_name(text: str) -> str:
    return " ".join(text.casefold().replace("\u200c", "").split())


@lru_cache(maxsize=1)
def _english_names() -> dict[str, str]:
    own = {language_tags.language_name(tag).casefold(): tag for tag in language_tags.known_languages()}
    return _names_in("en") | own


@lru_cache(maxsize=1)
def _names_in_other_languages() -> dict[str, str]:
    return {word: tag for locale in _IN_LANGUAGES[1:] for word, tag in _names_in(locale).items()}


@lru_cache(maxsize=1)
def _endonyms() -> dict[str, str]:
    """What each language is called by those who speak it. Reading them takes half a second, so they come last."""
    found: dict[str, str] = {}
    for name in locale_identifiers():
        if name.isalpha():
            own = str(Locale(name).languages.get(name, ""))
            if own:
                found.setdefault(_normalise_name(own), name)
    return found


def _names_in(locale: str) -> dict[str, str]:
    """The names of languages in one of them; what means two of them means none."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for code, name in Locale(locale).languages.items():
        tag, word = str(code).replace("_", "-"), _normalise_name(str(name))
        if language_tags.is_language_tag(tag) and tag not in _CONSTRUCTED and found.setdefault(word, tag) != tag:
            twice.add(word)
    return {word: tag for word, tag in found.items() if word not in twice}
