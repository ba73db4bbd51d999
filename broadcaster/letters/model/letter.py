"""A letter as it was read: one message in all its languages, with all files that it includes."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from broadcaster.letters.model.errors import SkeletonFormatError


class LetterKind(StrEnum):
    """Why people are written to: `public-task` because it is our duty to tell them, `campaign` to invite them."""

    PUBLIC_TASK = "public-task"
    CAMPAIGN = "campaign"


PREHEADER = "preheader"
"""The block that an inbox and a locked screen show beside the subject. It is optional."""

PARTS = ("subject", "body", "sms", PREHEADER)
"""The blocks of a language file that are sent."""

FORMAT = 1
"""Version of the frozen form. Other versions are refused, for their meaning is unknown."""


@dataclass(frozen=True, slots=True)
class TemplateContext:
    """The values that are the same for all recipients of one broadcast and language.

    `organisation` has `name`; `signatory` has `name`, `role`, `email`; `campaign` has `name`, `date`, `title` (may be
    ""); each of `helplines` has `name`, `number`, `says`. A text that is missing in this language is left out. `links`
    says whether recipients have pages to link to.
    """

    organisation: Mapping[str, str]
    signatory: Mapping[str, str]
    campaign: Mapping[str, str]
    helplines: Mapping[str, Mapping[str, str]]
    links: bool = True


@dataclass(frozen=True, slots=True)
class Letter:
    """One message in all its languages, frozen as it was read.

    `sources` holds every file that decides what is sent, by its path below `templates/`: letter.yaml, each language,
    what they include, and the frames. `languages` maps each language to the parts it has, `must_say` to its phrases,
    `words` to the frames' own small words. Equal digests send equal letters.
    """

    name: str
    title: str
    kind: LetterKind
    signatory: str
    helplines: tuple[str, ...]
    never_say: tuple[str, ...]
    must_say: Mapping[str, tuple[str, ...]]
    fallback: str
    languages: Mapping[str, frozenset[str]]
    words: Mapping[str, Mapping[str, str]] = field(repr=False)
    sources: Mapping[str, str] = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical content of all its files, in hexadecimal."""
        canonical = json.dumps([FORMAT, self.name, self.sources], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def path(self, language: str) -> str:
        """The file of a language, below `templates/`."""
        return f"{self.name}/{language}.md"

    def parts(self, language: str) -> frozenset[str]:
        """Which of `PARTS` this language has."""
        return self.languages[language]

    def line_of(self, language: str, part: str) -> int | None:
        """The line of the language's file on which a part begins; None when a base template has it."""
        lines = self.sources.get(self.path(language), "").splitlines()
        begin = re.compile(rf"{{%[-+]?\s*block\s+{part}\b")
        return next((number for number, line in enumerate(lines, 1) if begin.search(line)), None)

    def language_for(self, preferred: str) -> str:
        """The letter's language for a person: the preferred tag, its primary subtag, else the fallback."""
        tag = preferred.lower()
        by_tag = {language.lower(): language for language in self.languages}
        return by_tag.get(tag) or by_tag.get(tag.partition("-")[0]) or self.fallback

    def freeze(self) -> bytes:
        """The letter as bytes for the ledger. Later sends read these instead of the folder."""
        content = {
            "format": FORMAT,
            "name": self.name,
            "title": self.title,
            "kind": self.kind,
            "signatory": self.signatory,
            "helplines": self.helplines,
            "never_say": self.never_say,
            "must_say": self.must_say,
            "fallback": self.fallback,
            "languages": {language: sorted(parts) for language, parts in self.languages.items()},
            "words": self.words,
            "sources": self.sources,
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @classmethod
    def thaw(cls, frozen: bytes) -> "Letter":
        """The letter that `freeze` stored. Raises SkeletonFormatError for other bytes."""
        try:
            content = json.loads(frozen)
            if content.pop("format") != FORMAT:
                raise SkeletonFormatError("this letter was frozen by another version of broadcaster")
            content["kind"] = LetterKind(content["kind"])
            content["helplines"] = tuple(content["helplines"])
            content["never_say"] = tuple(content["never_say"])
            content["must_say"] = {language: tuple(phrases) for language, phrases in content["must_say"].items()}
            content["languages"] = {language: frozenset(parts) for language, parts in content["languages"].items()}
            return cls(**content)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SkeletonFormatError("this is not a frozen letter") from error
