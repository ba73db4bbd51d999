"""Letters: load → trace → markup → fill. See docs/architecture.md for the way of a letter."""

from broadcaster.letters.compiler import Compiler, Trace
from broadcaster.letters.errors import TraceError
from broadcaster.letters.fields import FieldUse, fields_used
from broadcaster.letters.fragments import Links
from broadcaster.letters.letter import PARTS, Letter, LetterKind, Surroundings
from broadcaster.letters.load import languages_with_words, letter_names, load_letter
from broadcaster.letters.merge import Merge, unsubscribe_fields
from broadcaster.letters.mime import Sender
from broadcaster.letters.serialisation import dumps, loads
from broadcaster.letters.skeleton import EmailSkeleton, Envelope, Skeleton, SmsSkeleton

__all__ = [
    "PARTS",
    "Compiler",
    "EmailSkeleton",
    "Envelope",
    "FieldUse",
    "Letter",
    "LetterKind",
    "Links",
    "Merge",
    "Sender",
    "Skeleton",
    "SmsSkeleton",
    "Surroundings",
    "Trace",
    "TraceError",
    "dumps",
    "fields_used",
    "languages_with_words",
    "letter_names",
    "load_letter",
    "loads",
    "unsubscribe_fields",
]
