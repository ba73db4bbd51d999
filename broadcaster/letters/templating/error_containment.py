"""Unforeseen exceptions in a letter, raised as errors of the file in which they happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from jinja2 import Template

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.letters.model.errors import LetterBrokenError, LetterTooLargeError
from broadcaster.letters.templating.syntax_tree import display_path


@contextmanager
def containing_errors(path: str) -> Iterator[None]:
    """Context manager for work on the file at this path below `templates/`.

    BroadcasterErrors pass unchanged. RecursionError and MemoryError become LetterTooLargeError, all other exceptions
    LetterBrokenError.
    """
    try:
        yield
    except BroadcasterError:
        raise
    except Exception as error:
        file, line = template_position(error.__traceback__)
        file = file or display_path(path)
        if isinstance(error, (RecursionError, MemoryError)):
            message = "this nests too deep, or is too long to be read"
            raise LetterTooLargeError(message, remedy="Write it more simply.", file=file, line=line) from error
        raise LetterBrokenError(f"this cannot be read: {unforeseen_error(error).what}", file=file, line=line) from error


def template_position(trace: TracebackType | None) -> tuple[str | None, int | None]:
    """File and line of the innermost frame of a letter in a traceback."""
    path: str | None = None
    line: int | None = None
    while trace is not None:
        template = trace.tb_frame.f_globals.get("__jinja_template__")
        if isinstance(template, Template) and template.name:
            path, line = display_path(template.name), template.get_corresponding_lineno(trace.tb_lineno)
        trace = trace.tb_next
    return path, line
