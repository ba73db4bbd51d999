"""As much of MIME (RFC 5322, 2045, 2046) as a bounce takes, read in bounded time whatever somebody wrote. Pure.

The standard library's parser recurses as deep as a message nests, and takes any length of header: what comes to an
open mailbox must not choose how long it is looked at. Nothing here raises for what a message holds.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import NamedTuple

MESSAGE_LIMIT = 512 * 1024
"""Octets of a message that are looked at. What a bounce has to say stands before the message that it returns."""

_FIELDS_LIMIT = 500
_VALUE_LIMIT = 2000
_TEXT_LIMIT = 64 * 1024
_PARTS_LIMIT = 32
_DEPTH_LIMIT = 4

_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)
_BOUNDARY = re.compile(r'\bboundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)

_LIKE_A_BOUNDARY = re.compile(rb"^--([!-~]{5,200})\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class MimeHeader:
    """The fields of a header, names in lower case; long values are cut."""

    fields: tuple[tuple[str, str], ...] = ()

    def all(self, name: str) -> list[str]:
        """The values of every field of this name, from the top."""
        return [value for known, value in self.fields if known == name]

    def get(self, name: str) -> str:
        """The topmost value; "" where there is none."""
        return next((value for known, value in self.fields if known == name), "")

    @property
    def kind(self) -> str:
        """The content type without its parameters; a message without one is plain text (RFC 2045 section 5.2)."""
        return self.get("content-type").partition(";")[0].strip().lower() or "text/plain"


class MimePart(NamedTuple):
    """A part that holds no other parts."""

    head: MimeHeader
    body: bytes

    @property
    def text(self) -> str:
        """The first 64 KB, decoded. What is looked for is ASCII, so the charset that it claims does not matter."""
        encoding = self.head.get("content-transfer-encoding").strip().lower()
        return _decoded(encoding, self.body).decode("utf-8", "replace")


@dataclass(slots=True)
class _HeaderFields:
    """Fields as they are read, line by line."""

    found: list[tuple[str, bytearray]] = field(default_factory=list)

    def take(self, line: bytes) -> bool:
        """Whether the line belongs to a header."""
        if line[:1] in b" \t" and self.found:
            value = self.found[-1][1]
            value += line[: _VALUE_LIMIT - len(value)] if len(value) < _VALUE_LIMIT else b""
            return True
        match = _FIELD.match(line[: _VALUE_LIMIT + 100])
        if match and len(self.found) < _FIELDS_LIMIT:
            self.found.append((match[1].decode("ascii").lower(), bytearray(match[2][:_VALUE_LIMIT])))
        return match is not None

    @property
    def head(self) -> MimeHeader:
        return MimeHeader(
            tuple((name, " ".join(value.decode("utf-8", "replace").split())) for name, value in self.found)
        )


def split_message(data: bytes) -> MimePart:
    """Header and body. A body begins after the first empty line, or where something else than a field stands."""
    fields, at = _HeaderFields(), 0
    while at < len(data):
        end = data.find(b"\n", at) + 1 or len(data)
        line = data[at:end]
        if not line.strip(b"\r\n"):
            at = end
            break
        # The first line of an mbox entry is no field, and a pipe may bring it along.
        if not fields.take(line) and not (at == 0 and line.startswith(b"From ")):
            break
        at = end
    return MimePart(fields.head, data[at:])


def leaf_parts(message: MimePart) -> list[MimePart]:
    """The parts that hold no others, in order: at most 32, from at most four levels. A message within is one part."""
    return list(islice(_walk(message, _DEPTH_LIMIT), _PARTS_LIMIT))


def field_groups(text: str) -> list[MimeHeader]:
    """Blocks of fields with empty lines between, as delivery reports have them (RFC 3464 section 2.1); at most 32."""
    found, current = [], _HeaderFields()
    for line in text[:_TEXT_LIMIT].encode("utf-8", "replace").splitlines(keepends=True):
        if line.strip():
            current.take(line)
        elif current.found:
            found.append(current.head)
            current = _HeaderFields()
        if len(found) == _PARTS_LIMIT:
            return found
    return [*found, current.head] if current.found else found


def _walk(message: MimePart, depth: int) -> Iterator[MimePart]:
    match = _BOUNDARY.search(message.head.get("content-type")) if message.head.kind.startswith("multipart/") else None
    if match is None or not depth:
        yield message
        return
    named = (match[1] or match[2]).rstrip().encode("utf-8", "replace")
    chunks = _chunks(message.body, named)
    first = next(chunks, None)
    if first is None and (other := _other_boundary(message.body)):
        chunks = _chunks(message.body, other)
        first = next(chunks, None)
    if first is None:
        yield MimePart(MimeHeader(), message.body)  # no part has a beginning: all of it is text
        return
    for chunk in chain((first,), chunks):
        yield from _walk(split_message(chunk), depth - 1)


def _other_boundary(body: bytes) -> bytes:
    """The boundary that a body has where the header names another: some servers on the way rewrite one of them."""
    tried = (match[1] for match in islice(_LIKE_A_BOUNDARY.finditer(body), _DEPTH_LIMIT))
    return next((one for one in tried if body.count(b"\n--" + one) > 1), b"")


def _chunks(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """What stands between the boundaries (RFC 2046 section 5.1.1); the last part may lack its end."""
    begun = None
    for line in re.finditer(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]*\r?$", body, re.MULTILINE):
        if begun is not None:
            yield body[begun : line.start()]
        if line[1]:
            return
        begun = line.end() + 1
    if begun is not None:
        yield body[begun:]


def _decoded(encoding: str, body: bytes) -> bytes:
    start = body[:_TEXT_LIMIT]
    if encoding == "quoted-printable":
        return binascii.a2b_qp(start)
    if encoding != "base64":
        return start
    plain = re.sub(rb"[^A-Za-z0-9+/]", b"", start)
    return binascii.a2b_base64(plain[: len(plain) // 4 * 4])
