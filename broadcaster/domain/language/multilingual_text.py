"""Texts that may differ by language: one text for everybody, or a text for each of some languages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

EVERY_LANGUAGE = ""
"""Stands for the language of a text that is the same in all of them."""


class TextInLanguage(NamedTuple):
    """A text, and the tag of the language that it was written for; `EVERY_LANGUAGE` where it is for all."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class MultilingualText:
    """What config.yaml says as one text or as `{en: …, ar: …}`: the texts with their languages, in its order."""

    texts: tuple[TextInLanguage, ...]

    @classmethod
    def of(cls, said: str | Mapping[str, str]) -> "MultilingualText":
        """One text for every language, or texts by language tag (BCP 47), of which there must be one."""
        if isinstance(said, str):
            return cls((TextInLanguage(said, EVERY_LANGUAGE),))
        if not said:
            raise ValueError("there is no text")
        return cls(tuple(TextInLanguage(text, language) for language, text in said.items()))

    def text_in(self, language: str) -> str | None:
        """The text for a language: the one of this very tag, else of its plain form (`ur` for `ur-PK`), else the one
        for all languages; None where there is none.
        """
        tag = language.lower()
        known = {of.lower(): text for text, of in self.texts}
        for one in (tag, tag.partition("-")[0], EVERY_LANGUAGE):
            if one in known:
                return known[one]
        return None

    def best_for(self, *languages: str) -> TextInLanguage:
        """For staff, and where something must be said: the text for the first of these languages that has one, else the
        first text there is. Nothing that is to be approved may be made of it.
        """
        for language in languages:
            text = self.text_in(language)
            if text is not None:
                return TextInLanguage(text, self.texts[0].language and language)
        return self.texts[0]

    def in_languages(self, languages: Iterable[str]) -> str | dict[str, str]:
        """What these languages say, for what is signed: one text where all of them say the same, else each one's."""
        said = {language: self.text_in(language) for language in languages}
        texts = set(said.values())
        if len(texts) == 1 and (text := texts.pop()) is not None:
            return text
        return {language: text for language, text in said.items() if text is not None}
