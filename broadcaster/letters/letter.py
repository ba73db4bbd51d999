"""A letter as it was read: one message in all its languages, with everything that it includes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class LetterKind(StrEnum):
    """Why people are written to: `public-task` because it is our duty to tell them, `campaign` to invite them."""

    PUBLIC_TASK = "public-task"
    CAMPAIGN = "campaign"


PARTS = ("subject", "body", "sms")
"""The blocks of a language file that are sent."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The values that stay the same for everybody in one broadcast and language.

    `organisation` has `name`; `signatory` has `name`, `role`, `email`; `campaign` has `name`, `date`; each of
    `helplines` has `name`, `number`, `says`. `links` says whether there are recipients' pages to link to.
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
    what they include, and the frames. `must_say` maps each language to its phrases. Equal digests send equal letters.
    """

    name: str
    title: str
    kind: LetterKind
    signatory: str
    helplines: tuple[str, ...]
    never_say: tuple[str, ...]
    must_say: Mapping[str, tuple[str, ...]]
    fallback: str
    languages: tuple[str, ...]
    sources: Mapping[str, str] = field(repr=False)
    digest: str

    def language_for(self, wanted: str) -> str:
        """The language of this letter that serves a person best: the one wanted, its plain form, else the fallback."""
        raise NotImplementedError

    def parts(self, language: str) -> frozenset[str]:
        """Which of `PARTS` this language has."""
        raise NotImplementedError

    def freeze(self) -> bytes:
        """The exact inputs, for the ledger: later sends never read the folder again."""
        raise NotImplementedError

    @classmethod
    def thaw(cls, frozen: bytes) -> "Letter":
        """The letter that was frozen. SkeletonFormatError when the bytes are no frozen letter."""
        raise NotImplementedError
