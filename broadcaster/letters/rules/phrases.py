"""Finding phrases in a letter, whatever way they are typed: case, accents, dashes and spaces do not matter."""

import re
import unicodedata
from functools import lru_cache

# Letters that keyboards of one language type in the way of another: Arabic kaf and yeh in Urdu and Persian words.
_ONE_LETTER = str.maketrans({"ك": "ک", "ي": "ی", "ى": "ی", "ـ": "", "’": "'", "‘": "'", "ʼ": "'"})


def fold_text(text: str) -> str:
    """The text as it is compared: lower case, without marks, emphasis and invisible characters, single spaces.

    Dashes count as spaces, so that `so-called`, `so‑called` and `so called` are one phrase.
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_ONE_LETTER)
    kept = (" " if unicodedata.category(char) == "Pd" else char for char in plain if _is_compared(char))
    return " ".join("".join(kept).split())


def contains_phrase(folded: str, phrase: str, *, whole: bool) -> bool:
    """Whether a folded text contains the phrase; an empty phrase is in no text.

    With `whole` it must not be a part of longer words. That is asked only where scripts know capitals: others join
    articles and endings to their words, or put no spaces between them.
    """
    sought = fold_text(phrase)
    if not sought:
        return False
    return _pattern(sought).search(folded) is not None if whole else sought in folded


@lru_cache(maxsize=1024)
def _pattern(sought: str) -> re.Pattern[str]:
    before = r"(?<!\w)" if _needs_spaces(sought[0]) else ""
    after = r"(?!\w)" if _needs_spaces(sought[-1]) else ""
    return re.compile(before + re.escape(sought) + after)


def _needs_spaces(char: str) -> bool:
    """Whether words that begin or end with this character stand between spaces."""
    return char.isdigit() or char.lower() != char.upper()


def _is_compared(char: str) -> bool:
    return char not in "*_" and unicodedata.category(char) not in ("Mn", "Cf")
