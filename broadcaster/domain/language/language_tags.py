"""Languages by their BCP 47 tags: whether a tag is one, which way it is written, what it is called in English."""

import re
from typing import Literal

from broadcaster.domain.language.writing_directions import LTR_REGIONS, RTL_LANGUAGES, RTL_REGIONS, RTL_SCRIPTS

Direction = Literal["ltr", "rtl"]

LANGUAGE_NAMES = {
    "ar": "Arabic",
    "bn": "Bengali",
    "en": "English",
    "so": "Somali",
    "ur": "Urdu",
}
"""The languages that the starter letters come in."""

_OTHER_NAMES = {
    "am": "Amharic",
    "ckb": "Central Kurdish",
    "cy": "Welsh",
    "de": "German",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "gd": "Scottish Gaelic",
    "gu": "Gujarati",
    "he": "Hebrew",
    "hi": "Hindi",
    "it": "Italian",
    "ku": "Kurdish",
    "lt": "Lithuanian",
    "ne": "Nepali",
    "pa": "Punjabi",
    "pl": "Polish",
    "ps": "Pashto",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sd": "Sindhi",
    "si": "Sinhala",
    "sq": "Albanian",
    "sw": "Swahili",
    "ta": "Tamil",
    "ti": "Tigrinya",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "yi": "Yiddish",
    "yo": "Yoruba",
    "zh": "Chinese",
}

# RFC 5646 section 2.1 without extended language subtags, extensions and private use, which letters have no need of.
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})"
    r"(?:-(?P<script>[a-z]{4}))?"
    r"(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*",
    re.IGNORECASE | re.ASCII,
)


def is_language_tag(text: str) -> bool:
    """Whether the text is a well-formed language tag such as `en`, `en-GB` or `pa-Arab-PK` (RFC 5646, the plain part).

    Well-formed is all that is asked: nobody looks up whether such a language exists.
    """
    return _TAG.fullmatch(text) is not None


def primary_language(language: str) -> str:
    """The primary language of a tag in small letters: `en` of `en-GB`."""
    return language.partition("-")[0].lower()


def region_of_tag(language: str) -> str:
    """The region that a tag names, in capitals (ISO 3166-1 or UN M.49), as in `pa-PK`; "" where it names none."""
    match = _TAG.fullmatch(language)
    return (match["region"] or "").upper() if match else ""


def writing_direction(language: str) -> Direction:
    """Which way a language is written: as the script that its tag names; else as is usual in the region that it names,
    so that `pa-PK` runs from right to left and `sd-IN` does not; else as is usual.

    What is no tag counts as left to right.
    """
    match = _TAG.fullmatch(language)
    if match is None:
        return "ltr"
    if script := match["script"]:
        return "rtl" if script.lower() in RTL_SCRIPTS else "ltr"
    primary, where = match["language"].lower(), region_of_tag(language)
    if primary in RTL_LANGUAGES:
        return "ltr" if where in LTR_REGIONS.get(primary, ()) else "rtl"
    return "rtl" if where in RTL_REGIONS.get(primary, ()) else "ltr"


def language_name(language: str) -> str:
    """The English name of a tag's language; the tag itself where we know none."""
    primary = primary_language(language)
    return LANGUAGE_NAMES.get(primary) or _OTHER_NAMES.get(primary) or language


def known_languages() -> tuple[str, ...]:
    """The tags of the languages whose name we know."""
    return tuple(sorted((*LANGUAGE_NAMES, *_OTHER_NAMES)))
