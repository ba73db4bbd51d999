"""Forms that come in, within bounds of size, fields and time: whoever sends one must not hold up anybody else."""

import asyncio

from litestar.datastructures import FormMultiDict

from broadcaster.web.bodies import TooLargeError, TooSlowError
from broadcaster.web.pages import Asked

VISITOR_BYTES = 64 * 1024
"""Of a form that anybody can send: a name, a password."""

FORM_BYTES = 1024 * 1024
"""Of any other: the longest text that a letter can have, each byte of it written as three."""

ROSTER_BYTES = 64 * 1024 * 1024
"""Of one with a roster in it: a million rows."""

VISITOR_SECONDS = 10.0
STAFF_SECONDS = 15 * 60.0
"""Within which a form must have come: a large roster over a slow line."""

_FIELDS = 2_000
"""Of a form without a file. They are told apart by the one loop that answers everybody, some 150,000 a second."""


async def read(request: Asked, seconds: float) -> FormMultiDict:
    """The form of a request, as large as its route allows. Raises TooLargeError, TooSlowError."""
    try:
        async with asyncio.timeout(seconds):
            if not request.headers.get("content-type", "").strip().lower().startswith("multipart/"):
                body = await request.body()
                if body.count(b"&") >= _FIELDS:
                    raise TooLargeError
            return await request.form()
    except TimeoutError:
        raise TooSlowError from None
