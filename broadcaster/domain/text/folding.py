"""A text that a person typed, as words that can be compared: what differs only in how it was typed becomes the same."""

import re
import unicodedata

LONGEST_TEXT = 4_000
"""Characters of a text that are looked at. A text message has hardly ever more than three segments of 153."""

# Accents of Latin letters, vowel signs and hamzas of Arabic ones, tatweel: all may be left out, and mostly are. (The
# marks of Bengali and its kin stay: there they are vowels.) Keycaps and variation selectors only dress a character.
_LEFT_OUT = re.compile(
    "[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u20e3\ufe00-\ufe0f]"
)

# One letter, typed on an Arabic, a Persian or an Urdu keyboard.
_ONE_LETTER = str.maketrans("ٱىیېےكةہھۃە", "اييييکههههه")


def fold_words(text: str) -> tuple[str, ...]:
    """The words of a text, in a form in which case, accents, punctuation, emoji and keyboards make no difference.

    Unicode compatibility forms are undone (NFKC, UAX #15), so that wide or mathematical letters count as plain ones.
    Digits are words too.
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).casefold())
    plain = unicodedata.normalize("NFKC", _LEFT_OUT.sub("", plain)).translate(_ONE_LETTER)
    # Format characters (joiners, direction marks) show nothing and part nothing; whatever is no letter, mark or digit
    # parts words.
    kinds = ((char, unicodedata.category(char)) for char in plain)
    return tuple("".join(char if kind[0] in "LMN" else " " for char, kind in kinds if kind != "Cf").split())


def fold_phrase(text: str) -> str:
    """The words of a text with one space between them."""
    return " ".join(fold_words(text))
