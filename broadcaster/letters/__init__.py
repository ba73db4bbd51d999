"""Letters: load → trace → markup → fill. See docs/architecture.md for the way of a letter."""

from broadcaster.letters.compiler import Compiler, FieldUse, Trace, fields_used
from broadcaster.letters.errors import TraceError
from broadcaster.letters.letter import PARTS, Letter, LetterKind, Surroundings
from broadcaster.letters.load import load_letter
from broadcaster.letters.skeleton import EmailSkeleton, Envelope, Links, Sender, Skeleton, SmsSkeleton, dumps, loads

__all__ = [
    "PARTS",
    "Compiler",
    "EmailSkeleton",
    "Envelope",
    "FieldUse",
    "Letter",
    "LetterKind",
    "Links",
    "Sender",
    "Skeleton",
    "SmsSkeleton",
    "Surroundings",
    "Trace",
    "TraceError",
    "dumps",
    "fields_used",
    "load_letter",
    "loads",
]
