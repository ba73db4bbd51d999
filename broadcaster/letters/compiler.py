"""The way from a letter to its skeletons."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from broadcaster.domain.channels import Channel
from broadcaster.letters.letter import Letter, Surroundings
from broadcaster.letters.skeleton import EmailSkeleton, Sender, SmsSkeleton


@dataclass(frozen=True, slots=True)
class Trace:
    """What one recipient adds to a letter: which skeleton it takes, and the values that fill its gaps."""

    skeleton: bytes
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldUse:
    """Where a letter uses `recipient.<column>` for the first time.

    `guarded` means that every use stands under an `{% if %}` or `default`, so that a person may lack it; `parts` are
    the parts it can show up in.
    """

    file: str
    line: int
    guarded: bool
    parts: frozenset[str]


class Compiler:
    """One letter in one broadcast's surroundings: traces recipients and compiles each skeleton once."""

    def __init__(
        self,
        letter: Letter,
        surroundings: Callable[[str], Surroundings],
        allowed_hosts: Collection[str] | None = None,
    ) -> None:
        self.letter = letter

    def trace(self, language: str, fields: Mapping[str, str], channel: Channel) -> Trace:
        """Run the letter for one recipient.

        Raises TraceError with every problem of the parts that the channel sends; LetterTooSlowError and
        LetterTooLargeError for a letter that runs wild; PartMissingError when it lacks a part.
        """
        raise NotImplementedError

    def email(self, key: bytes, sender: Sender) -> EmailSkeleton:
        """The compiled email of a traced skeleton."""
        raise NotImplementedError

    def sms(self, key: bytes) -> SmsSkeleton:
        """The compiled text message of a traced skeleton."""
        raise NotImplementedError


def fields_used(letter: Letter, language: str) -> dict[str, FieldUse]:
    """The recipient's columns that a language of the letter names, each with its first use."""
    raise NotImplementedError
