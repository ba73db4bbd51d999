"""The words of a paragraph that have to be translated: without names, numbers, hashtags and addresses."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from broadcaster.domain.language.scripts import script_of
from broadcaster.letters.rules.phrases import fold_text

GAP = "\x00"
"""Stands for a value that a letter prints."""

_TARGET = re.compile(r"(?<=\])\([^()]*\)")
# Each is looked for from the beginning of a word only, or a long one would be gone through from each of its letters.
_NO_WORDS = re.compile(
    r"(?:https?://|www\.)\S+|(?<!\S)\S+@\S+|#\w+|(?<![\w.-])[\w.-]+\.(?:example|org|com|net|uk)\b\S*"
)
_EMPHASIS = re.compile(r"[*_`~]+")
_ENDS_SENTENCE = frozenset(".!?:…\n。؟۔।")
_ACRONYM = 2


@dataclass(frozen=True, slots=True)
class Wording:
    """What is left of a paragraph to be compared.

    `key` are its words, folded, without names; two paragraphs of one key say the same. `certain` counts those of them
    that cannot be names: a word with a capital at the beginning of a sentence can be. `capitals` says that its script
    has them, and `scripts` which ones its letters are of.
    """

    key: tuple[str, ...]
    certain: int
    capitals: bool
    scripts: frozenset[str]


@lru_cache(maxsize=4096)
def translatable_wording(text: str) -> Wording:
    """The words of a paragraph of Markdown in which `GAP` stands for values."""
    plain = _EMPHASIS.sub("", _NO_WORDS.sub(" ", _TARGET.sub(" ", text)))
    words = _split_words(plain)
    if len(words) > _ACRONYM and plain.isupper():
        words = [(word.lower(), begins) for word, begins in words]  # shouted, which makes no names of them
    kept, certain = [], 0
    for word, begins in words:
        capital = word[0].isupper()
        if (capital and not begins) or (len(word) >= _ACRONYM and word.isupper()):
            continue
        kept.append(fold_text(word))
        certain += not capital
    letters = "".join(word for word, _ in words)
    scripts = frozenset(script_of(char) for char in letters if char.isalpha())
    return Wording(tuple(kept), certain, letters.lower() != letters.upper(), scripts)


def _split_words(text: str) -> list[tuple[str, bool]]:
    """Each word, and whether a sentence begins with it. Marks belong to the letter before them."""
    found: list[tuple[str, bool]] = []
    word, begins = "", True
    for char in f"{text} ":
        if unicodedata.category(char)[0] in "LM" or (word and char in "'’-\u200c\u200d"):
            word += char
            continue
        if word:
            found.append((word, begins))
            word, begins = "", False
        if char in _ENDS_SENTENCE:
            begins = True
        elif char == GAP:
            begins = False
    return found
