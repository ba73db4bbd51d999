"""Letters: load → trace → markup → fill. See docs/architecture.md for the way of a letter."""

from broadcaster.letters.compiling.compiler import Compiler, Trace
from broadcaster.letters.filling.merge_skeleton import MergeSkeleton, unsubscribe_fields
from broadcaster.letters.filling.mime import EmailSender
from broadcaster.letters.filling.serialisation import dump_skeleton, load_skeleton
from broadcaster.letters.filling.skeleton import EmailSkeleton, Envelope, Skeleton, SmsSkeleton
from broadcaster.letters.model.errors import TraceError
from broadcaster.letters.model.letter import PARTS, Letter, LetterKind, TemplateContext
from broadcaster.letters.reading.loader import languages_with_frame_texts, letter_names, load_letter
from broadcaster.letters.reading.recipient_fields import FieldUse, fields_used
from broadcaster.letters.rendering.fragments import Links

__all__ = [
    "PARTS",
    "Compiler",
    "EmailSender",
    "EmailSkeleton",
    "Envelope",
    "FieldUse",
    "Letter",
    "LetterKind",
    "Links",
    "MergeSkeleton",
    "Skeleton",
    "SmsSkeleton",
    "TemplateContext",
    "Trace",
    "TraceError",
    "dump_skeleton",
    "fields_used",
    "languages_with_frame_texts",
    "letter_names",
    "load_letter",
    "load_skeleton",
    "unsubscribe_fields",
]
