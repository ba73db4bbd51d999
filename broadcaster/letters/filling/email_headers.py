"""Header fields of an email, safe for any name and subject (RFC 5322, RFC 2047)."""

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from broadcaster.letters.model.errors import HeaderAddressError

LINE_LENGTH = 78
"""Characters that a line should not exceed (RFC 5322, section 2.1.1)."""

_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ATOMS = re.compile(f"{_ATOM}(?: {_ATOM})*").fullmatch
_ADDRESS = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@([^\s@<>()\[\],;:\\\"]+)").fullmatch
_DOMAIN = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
).fullmatch
_LINK = re.compile(r"https?://[!#-;=?-~]+").fullmatch
# A word this long cannot be folded; nor can two spaces, for folding loses one.
_UNFOLDABLE = re.compile(r"\S{70}|  |^ | $").search
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")

_ONE_CLICK = "List-Unsubscribe=One-Click"

# Octets in one encoded word: with its frame a word has at most 75 characters, and its line 76 (RFC 2047, section 2).
_FIRST_OCTETS, _OCTETS = 39, 45


def unstructured(name: str, text: str) -> str:
    """A field such as Subject, ended with CRLF. Text that looks like an encoded word is encoded."""
    if text.isascii() and text.isprintable() and "=?" not in text and not _UNFOLDABLE(text):
        line = f"{name}: {text}"
        return f"{line}\r\n" if len(line) <= LINE_LENGTH else _folded(line)
    return f"{name}: {encoded_words(text)}\r\n"


_PLAIN_MAILBOX = re.compile(
    rf"[A-Za-z0-9]+(?: [A-Za-z0-9-]+){{0,4}} <{_ATOM}@[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*>"
).fullmatch


def mailbox(name: str, display: str, address: str) -> str:
    """A field with one address, such as To, ended with CRLF. Raises HeaderAddressError."""
    line = f"{display} <{address}>"
    if len(line) + len(name) + 2 <= LINE_LENGTH and _PLAIN_MAILBOX(line):
        return f"{name}: {line}\r\n"
    address = plain_address(address)
    if not display:
        return f"{name}: {address}\r\n"
    phrase = display_name(display)
    line = f"{name}: {phrase} <{address}>"
    if len(line) <= LINE_LENGTH:
        return f"{line}\r\n"
    return f"{name}: {phrase}\r\n <{address}>\r\n"


def display_name(display: str) -> str:
    """A name for the place before an address: plain, in quotation marks, or encoded."""
    if display.isascii() and display.isprintable() and "=?" not in display and len(display) <= 60:
        if _ATOMS(display):
            return display
        if not _UNFOLDABLE(display):
            escaped = display.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
    return encoded_words(display)


def encoded_words(text: str) -> str:
    """The text as folded encoded words (RFC 2047), each with whole characters."""
    words = [f"=?utf-8?b?{b64encode(chunk).decode('ascii')}?=" for chunk in _chunks(one_line(text))]
    return "\r\n ".join(words)


def one_line(text: str) -> str:
    """The text with spaces in place of control characters, which could end the line."""
    return text if text.isprintable() else _CONTROL.sub(" ", text)


def _chunks(text: str) -> Iterator[bytes]:
    chunk = b""
    room = _FIRST_OCTETS
    for char in text:
        octets = char.encode("utf-8", "replace")
        if len(chunk) + len(octets) > room:
            yield chunk
            chunk, room = b"", _OCTETS
        chunk += octets
    yield chunk


def _folded(line: str) -> str:
    """The line folded before single spaces; each continuation begins with its space."""
    lines = []
    while len(line) > LINE_LENGTH:
        at = line.rfind(" ", 1, LINE_LENGTH + 1)
        if at <= line.find(":") + 1:
            break
        lines.append(line[:at])
        line = line[at:]
    return "".join(f"{part}\r\n" for part in (*lines, line))


def plain_address(address: str) -> str:
    """The address with its domain in ASCII (IDNA). Raises HeaderAddressError unless it is one plain address."""
    match = _ADDRESS(address)
    if match is None or not match[1].isascii():
        raise HeaderAddressError("an address cannot stand in a header: it is not one plain address in ASCII letters")
    domain = match[2]
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            raise HeaderAddressError("an address cannot stand in a header: its domain is no name") from None
    if not _DOMAIN(domain):
        raise HeaderAddressError("an address cannot stand in a header: its domain is no name")
    return f"{match[1]}@{domain}"


def header_link(url: str) -> str:
    """A link for a header. Raises HeaderAddressError when it could end the field."""
    if not _LINK(url):
        raise HeaderAddressError("a link cannot stand in a header")
    return url


def list_id(name: str) -> str:
    """The id of a list, in the form of a host's name (RFC 2919, section 2). Raises HeaderAddressError."""
    if not _DOMAIN(name):
        raise HeaderAddressError("the id of a list cannot stand in a header")
    return name


def unsubscribe_fields(url: str) -> dict[str, str]:
    """The fields by which mail programs offer to unsubscribe with one click (RFC 2369, RFC 8058); none without a URL.

    Raises HeaderAddressError when the link could end the field.
    """
    return {"List-Unsubscribe": f"<{header_link(url)}>", "List-Unsubscribe-Post": _ONE_CLICK} if url else {}


def unsubscribe_headers(url: str) -> str:
    """The same as header lines, never folded. It has its own text, for every message is filled with it."""
    return f"List-Unsubscribe: <{header_link(url)}>\r\nList-Unsubscribe-Post: {_ONE_CLICK}\r\n" if url else ""


@lru_cache(maxsize=64)
def date(instant: datetime) -> str:
    """The instant in the format of Date (RFC 5322, section 3.3)."""
    return format_datetime(instant)
