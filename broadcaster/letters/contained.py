"""What nobody foresaw in a letter stays with that letter: it becomes an error of the file in which it happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from jinja2 import Template

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.unexpected_error import unforeseen
from broadcaster.letters.errors import LetterBrokenError, LetterTooLargeError
from broadcaster.letters.parsed import shown


@contextmanager
def contained(path: str) -> Iterator[None]:
    """Work on the file at this path below `templates/`.

    Raises our own errors as they come, LetterTooLargeError for what takes more memory or depth than there is, and
    LetterBrokenError for all else.
    """
    try:
        yield
    except BroadcasterError:
        raise
    except Exception as error:
        file, line = place_of(error.__traceback__)
        file = file or shown(path)
        if isinstance(error, (RecursionError, MemoryError)):
            message = "this nests too deep, or is too long to be read"
            raise LetterTooLargeError(message, remedy="Write it more simply.", file=file, line=line) from error
        raise LetterBrokenError(f"this cannot be read: {unforeseen(error).what}", file=file, line=line) from error


def place_of(trace: TracebackType | None) -> tuple[str | None, int | None]:
    """The innermost place of a letter's file in a traceback."""
    path: str | None = None
    line: int | None = None
    while trace is not None:
        template = trace.tb_frame.f_globals.get("__jinja_template__")
        if isinstance(template, Template) and template.name:
            path, line = shown(template.name), template.get_corresponding_lineno(trace.tb_lineno)
        trace = trace.tb_next
    return path, line
