"""Which script a language is written in, where that is not the Latin one."""

import unicodedata

# By ISO 15924, each script's letters by the first word of their Unicode names.
_SCRIPTS = {
    "arab": ("ARABIC",),
    "armn": ("ARMENIAN",),
    "beng": ("BENGALI",),
    "cyrl": ("CYRILLIC",),
    "deva": ("DEVANAGARI",),
    "ethi": ("ETHIOPIC",),
    "geor": ("GEORGIAN",),
    "grek": ("GREEK",),
    "gujr": ("GUJARATI",),
    "guru": ("GURMUKHI",),
    "hans": ("CJK",),
    "hant": ("CJK",),
    "hebr": ("HEBREW",),
    "jpan": ("HIRAGANA", "KATAKANA", "CJK"),
    "khmr": ("KHMER",),
    "knda": ("KANNADA",),
    "kore": ("HANGUL", "CJK"),
    "laoo": ("LAO",),
    "mlym": ("MALAYALAM",),
    "mymr": ("MYANMAR",),
    "nkoo": ("NKO",),
    "orya": ("ORIYA",),
    "sinh": ("SINHALA",),
    "syrc": ("SYRIAC",),
    "taml": ("TAMIL",),
    "telu": ("TELUGU",),
    "thaa": ("THAANA",),
    "thai": ("THAI",),
    "tibt": ("TIBETAN",),
}

# The usual scripts of languages (CLDR, likely subtags). One that is written in Latin letters too, such as Kurdish or
# Serbian, is not among them unless its tag names the script.
_LANGUAGES = {
    "arab": "ar ary arz azb bal bgn ckb fa glk khw lrc mzn pnb prs ps sd skr ug ur",
    "armn": "hy",
    "beng": "as bn syl",
    "cyrl": "be bg kk ky mk ru tg uk",
    "deva": "bho hi mai mr ne sa",
    "ethi": "am ti",
    "geor": "ka",
    "grek": "el",
    "gujr": "gu",
    "guru": "pa",
    "hans": "zh",
    "hebr": "he iw yi",
    "jpan": "ja",
    "khmr": "km",
    "knda": "kn",
    "kore": "ko",
    "laoo": "lo",
    "mlym": "ml",
    "mymr": "my",
    "nkoo": "nqo",
    "orya": "or",
    "sinh": "si",
    "syrc": "aii syr",
    "taml": "ta",
    "telu": "te",
    "thaa": "dv",
    "thai": "th",
    "tibt": "bo dz",
}
_OF_LANGUAGE = {language: _SCRIPTS[script] for script, those in _LANGUAGES.items() for language in those.split()}
_OF_LANGUAGE["pa"] = ("GURMUKHI", "ARABIC")


def scripts_of(language: str) -> frozenset[str]:
    """The scripts that a language tag is written in, by the first word of their letters' Unicode names.

    Empty for languages of Latin letters, and for those of which we do not know.
    """
    primary, *others = language.lower().split("-")
    named = next((subtag for subtag in others if len(subtag) == 4 and subtag.isalpha()), None)
    return frozenset(_OF_LANGUAGE.get(primary, ()) if named is None else _SCRIPTS.get(named, ()))


def script_of(char: str) -> str:
    """The script of a letter, as `scripts_of` calls it."""
    return unicodedata.name(char, "").partition(" ")[0]
