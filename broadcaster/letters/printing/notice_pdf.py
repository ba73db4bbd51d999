"""The printed notice: a letter on paper, A4 by its frame, for boards and windows.

WeasyPrint sets it. It is an extra (`print`), for it needs Pango from the operating system, and is loaded only when a
notice is asked for.
"""

import contextlib
import io
import logging
import sys
import threading
import unicodedata
import warnings
from collections.abc import Iterator
from types import ModuleType

from broadcaster.domain.errors import BroadcasterError


class PrintExtraMissingError(BroadcasterError):
    """What sets printed notices is not installed, or lacks a library of the operating system."""

    code = "print-extra-missing"
    default_remedy = (
        "Where broadcaster is installed, run  python -m pip install 'weasyprint>=70'  and install Pango: on Debian and "
        "Ubuntu  apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0,  on a Mac  brew install pango"
    )


class NoticeFetchError(BroadcasterError):
    """The notice refers to something outside itself, which is never fetched."""

    code = "notice-fetch-refused"
    default_remedy = "Put images into templates/_frames/notice.html as data: addresses, and styles into its <style>."


class GlyphsMissingError(BroadcasterError):
    """No installed font has some of the letters: they would be printed as empty boxes."""

    code = "notice-glyphs-missing"
    default_remedy = "Install fonts for that script: on Debian and Ubuntu  apt install fonts-noto-core"


def render_pdf(html: str) -> bytes:
    """The PDF of a whole HTML document, tagged for screen readers, in the language that its `lang` says.

    Nothing is fetched: only data: addresses are read. Raises `PrintExtraMissingError`, `NoticeFetchError` where the
    document refers to anything else, and `GlyphsMissingError`.
    """
    weasyprint = _weasyprint()
    from weasyprint.urls import (  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra, and it has no types
        FatalURLFetchingError,
        URLFetcher,
    )

    # Without fail_on_errors a refused image would only be missing from the paper.
    fetcher = URLFetcher(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)
    with _weasyprint_warnings() as records:
        try:
            data: bytes = weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf(pdf_tags=True)
        except FatalURLFetchingError:
            raise NoticeFetchError("the notice refers to an image or style outside itself") from None
    if any(record.levelno >= logging.ERROR for record in records):
        raise NoticeFetchError("an image or style of the notice cannot be read")
    if scripts := sorted({script for record in records if (script := _unprintable(record))}):
        raise GlyphsMissingError(f"no font here has these letters or signs: {', '.join(scripts)}")
    return data


def require_print_extra() -> None:
    """Raises `PrintExtraMissingError` where `render_pdf` could not be made."""
    _weasyprint()


def _weasyprint() -> ModuleType:
    if (loaded := sys.modules.get("weasyprint")) is not None:
        return loaded
    # It prints advice on stdout, which may be meant for JSON, and warns of what later versions will need.
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            import weasyprint  # type: ignore[import-untyped]  # noqa: PLC0415 - as above
        except ImportError:
            raise PrintExtraMissingError("printed notices need WeasyPrint, which is not installed") from None
        except OSError:
            raise PrintExtraMissingError("printed notices need Pango, which is not installed") from None
    module: ModuleType = weasyprint
    return module


@contextlib.contextmanager
def _weasyprint_warnings() -> Iterator[list[logging.LogRecord]]:
    """What WeasyPrint logs on this thread: it reports what it leaves out of a document in no other way."""
    records: list[logging.LogRecord] = []
    here = threading.get_ident()

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == here:
                records.append(record)

    logger, handler = logging.getLogger("weasyprint"), Keep(logging.WARNING)
    logger.addHandler(handler)
    try:
        yield records
    finally:
        logger.removeHandler(handler)


def _unprintable(record: logging.LogRecord) -> str | None:
    """The script of a character that WeasyPrint found no glyph for; the text itself is nobody's business here."""
    if not record.msg.startswith(".notdef") or not isinstance(record.args, tuple):
        return None
    char = str(record.args[0])
    name = unicodedata.name(char, "")
    return name.partition(" ")[0].capitalize() if name else f"U+{ord(char):04X}"
