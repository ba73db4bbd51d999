"""Quoted-printable (RFC 2045, section 6.7) for texts whose gaps are filled later.

Each gap has a soft line break before and after it. So a value of any length is folded independently of the text around
it.
"""

import re

SOFT_BREAK = "=\r\n"
LINE_LENGTH = 73
"""Characters of a line before its soft break's `=`. A line may have 76; two are reserved for encoding its first one."""

# Octets that are encoded: all but printable ASCII and the space, and `=`.
_OCTETS = {octet: f"={octet:02X}" for octet in range(256) if not 32 <= octet <= 126 or octet == 0x3D}

PLAIN_VALUE = re.compile(r"(?!From )[A-Za-z0-9](?:[A-Za-z0-9 ,'-]{0,70}[A-Za-z0-9])?").fullmatch
"""Matches values that need no escaping or encoding on a line of their own: in plain text, HTML and quoted-printable."""


def quote_value(value: str) -> str:
    """A value encoded as lines of its own, without the line breaks around them."""
    return _folded(_octets(value))


def quote_text(text: str) -> str:
    """A static text with \\n line ends, which become CRLF. It may begin and end within a line."""
    *lines, last = text.split("\n")
    return "".join(f"{_folded(_guard_line_end(_octets(line)))}\r\n" for line in lines) + _folded(_octets(last))


def _octets(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text.replace("=", "=3D") if "=" in text else text
    return text.encode("utf-8", "replace").decode("latin-1").translate(_OCTETS)


def _guard_line_end(line: str) -> str:
    """A line with its last space encoded, for mail servers may strip it."""
    return f"{line[:-1]}=20" if line.endswith(" ") else line


def _folded(text: str) -> str:
    """The text folded to LINE_LENGTH, without cutting an `=XX`."""
    if len(text) <= LINE_LENGTH:
        return _guard_line_start(text)
    lines = []
    at = 0
    while len(text) - at > LINE_LENGTH:
        end = at + LINE_LENGTH
        if text[end - 1] == "=":
            end -= 1
        elif text[end - 2] == "=":
            end -= 2
        lines.append(_guard_line_start(text[at:end]))
        at = end
    lines.append(_guard_line_start(text[at:]))
    return SOFT_BREAK.join(lines)


def _guard_line_start(line: str) -> str:
    """A line with a first character encoded that mail programs could misread.

    A full stop alone on a line would end the message if a relay forgets to double it (RFC 5321, section 4.5.2).
    Mailboxes turn `From ` into `>From `.
    """
    if line.startswith("."):
        return f"=2E{line[1:]}"
    return f"=46{line[1:]}" if line.startswith("From ") else line
