"""Request bodies, read within bounds of size and time, and the forms in them."""

import asyncio
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl

from litestar.exceptions import HTTPException

from broadcaster.web.common.pages import WebRequest

READ_SECONDS = 10.0
"""Within which a whole body must have come: providers send theirs at once."""

_MAX_FIELDS = 20
"""Fields that a form of ours can have, and more."""


class BodyTooLargeError(HTTPException):
    """The body is larger than anybody has a reason to send."""

    status_code = 413


class BodyTooSlowError(HTTPException):
    """The body did not come in time, or not to its end."""

    status_code = 408


async def read_body(request: WebRequest, limit: int) -> bytes:
    """The whole body. Raises TooLargeError beyond `limit` bytes and TooSlowError after `READ_SECONDS`."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise BodyTooLargeError
    body = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            while True:
                event = await request.receive()
                if event["type"] != "http.request":
                    raise BodyTooSlowError  # whoever sent it has gone, and what came is not all of it
                body += event["body"]
                if len(body) > limit:
                    raise BodyTooLargeError
                if not event["more_body"]:
                    return bytes(body)
    except TimeoutError:
        raise BodyTooSlowError from None


def parse_form(content_type: str, body: bytes) -> dict[str, str]:
    """The fields of a form, urlencoded or multipart: mail providers may send either (RFC 8058, 3.2).

    The first of a name counts. Empty for anything else, however broken.
    """
    try:
        if content_type.partition(";")[0].strip().lower() == "multipart/form-data":
            fields = _multipart(content_type, body)
        else:
            fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except (ValueError, LookupError, TypeError):
        return {}
    return dict(reversed(fields))


def _multipart(content_type: str, body: bytes) -> list[tuple[str, str]]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    fields = []
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            fields.append((name, content.decode("utf-8", "replace")))
    return fields[:_MAX_FIELDS]
