"""Forms that come in, within bounds of size, fields and time: whoever sends one must not hold up anybody else."""

import asyncio
from collections.abc import Callable
from typing import Any

from litestar.datastructures import FormMultiDict
from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException
from multipart import (  # type: ignore[import-untyped]  # it ships no types
    MultipartSegment,
    ParserError,
    ParserLimitReached,
    PushMultipartParser,
)

from broadcaster.services.rosters.upload_files import Upload
from broadcaster.web.common.pages import WebRequest
from broadcaster.web.common.request_body import BodyTooLargeError, BodyTooSlowError

MAX_VISITOR_BYTES = 64 * 1024
"""Of a form that anybody can send: a name, a password."""

MAX_SIGN_IN_BYTES = 3 * MAX_VISITOR_BYTES
"""Of the one in which somebody signs in, with what they had written hidden in it."""

MAX_FORM_BYTES = 1024 * 1024
"""Of any other: the longest text that a letter can have, each byte of it written as three."""

MAX_ROSTER_BYTES = 64 * 1024 * 1024
"""Of one with a roster in it: a million rows."""

VISITOR_SECONDS = 10.0
STAFF_SECONDS = 15 * 60.0
"""Within which a form must have come: a large roster over a slow line."""

_MAX_PARTS = 1_000
_MAX_FILES = 2
"""Parts of a form with a file, and how many of them may be files."""

SECRET_FIELDS = frozenset({"csrf", "password", "again"})
"""Fields whose content is never shown."""

_MAX_FIELDS = 2_000
"""Of a form without a file. They are told apart by the one loop that answers everybody, some 150,000 a second."""


async def read_form(request: WebRequest, seconds: float, incoming: Callable[[str], Upload]) -> FormMultiDict:
    """The form of a request, as large as its route allows; `incoming` makes an upload of its name for each file in it.

    Raises TooLargeError, TooSlowError.
    """
    content_type, options = request.content_type
    try:
        async with asyncio.timeout(seconds):
            if content_type == RequestEncodingType.MULTI_PART:
                return await _MultipartReader(incoming).read(request, options.get("boundary", ""))
            body = await request.body()
            if body.count(b"&") >= _MAX_FIELDS:
                raise BodyTooLargeError
            return await request.form()
    except TimeoutError:
        raise BodyTooSlowError from None
    except (ParserError, ParserLimitReached):
        raise ClientException("The form cannot be read.") from None


class _MultipartReader:
    """The parts of a form (RFC 7578) as they come in. Litestar would put a file into the system's temporary folder, in
    plain: what is uploaded here is sealed as it comes.
    """

    def __init__(self, incoming: Callable[[str], Upload]) -> None:
        self._incoming = incoming
        self._fields: list[tuple[str, Any]] = []
        self._part: MultipartSegment | None = None
        self._into: Upload | bytearray = bytearray()
        self._files = 0

    async def read(self, request: WebRequest, boundary: str) -> FormMultiDict:
        with PushMultipartParser(boundary, max_segment_count=_MAX_PARTS) as parser:
            async for chunk in request.stream():
                found = list(parser.parse(chunk))
                if isinstance(self._into, Upload) or any(_is_file(one) for one in found):
                    await asyncio.to_thread(self._take, found)  # it writes to the disk
                else:
                    self._take(found)
                if parser.closed:
                    break
        return FormMultiDict(self._fields)

    def _take(self, found: list[MultipartSegment | bytearray | None]) -> None:
        for one in found:
            if isinstance(one, MultipartSegment):
                self._part = one
                self._into = self._file(one) if _is_file(one) else bytearray()
            elif one is None:
                if self._part is not None:
                    self._fields.append((self._part.name, self._finished_part()))
                self._part, self._into = None, bytearray()
            elif isinstance(self._into, Upload):
                self._into.write(one)
            else:
                self._into += one

    def _file(self, part: MultipartSegment) -> Upload:
        self._files += 1
        if self._files > _MAX_FILES:
            raise ParserLimitReached
        return self._incoming(part.filename or "")

    def _finished_part(self) -> Upload | str:
        return self._into if isinstance(self._into, Upload) else self._into.decode("utf-8", "replace")


def _is_file(part: object) -> bool:
    return isinstance(part, MultipartSegment) and bool(part.filename)


def typed_texts(form: FormMultiDict) -> list[str]:
    """What somebody wrote into a form: the texts of several words. Choices, keys and passwords are none of these."""
    texts = (value for name, value in form.multi_items() if name not in SECRET_FIELDS and isinstance(value, str))
    return [text for text in texts if len(text.split()) > 1]
