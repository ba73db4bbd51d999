"""Quoted-printable (RFC 2045, section 6.7), for texts whose gaps are filled later.

Each gap begins a line of its own, after a soft line break, and a soft line break follows it. So a value of any length
can be folded without looking at what stands around it.
"""

import re
from collections.abc import Iterator

SOFT = "=\r\n"
LINE = 75
"""Characters of a line before its soft break's `=`; a line may have 76."""

# Octets that stand for themselves: printable ASCII and the space, but for `=`. A full stop does not, for alone on a
# line it would end the message (RFC 5321, section 4.5.2) where a relay forgets to stuff it.
_OCTET = [chr(octet) if 32 <= octet <= 126 and octet not in (0x2E, 0x3D) else f"={octet:02X}" for octet in range(256)]
_STATIC = [*_OCTET[:0x2E], ".", *_OCTET[0x2F:]]

PLAIN = re.compile(r"(?!From )[A-Za-z0-9](?:[A-Za-z0-9 ,'-]{0,72}[A-Za-z0-9])?").fullmatch
"""Matches values that stand for themselves on a line of their own, in plain text, in HTML, and quoted-printable."""


def quote_value(value: str) -> str:
    """A value on lines of its own, without line breaks around it."""
    units = [_OCTET[octet] for octet in value.encode("utf-8", "replace")]
    return _unmunged(SOFT.join(_lines(units)))


def quote_text(text: str) -> str:
    """A static text with \\n line ends. Ends within a line if the text does."""
    lines = text.split("\n")
    return "\r\n".join(_quote_line(line, last=at == len(lines) - 1) for at, line in enumerate(lines))


def _quote_line(line: str, *, last: bool) -> str:
    units = [_STATIC[octet] for octet in line.encode("utf-8", "replace")]
    if units and units[-1] == " " and not last:
        units[-1] = "=20"
    return _unmunged(SOFT.join(_lines(units)))


def _lines(units: list[str]) -> Iterator[str]:
    """The units in lines that are short enough, none of them cut, no line beginning with a full stop."""
    line: list[str] = []
    length = 0
    for unit in units:
        if length + len(unit) > LINE:
            yield "".join(line)
            line, length = [], 0
        line.append("=2E" if unit == "." and not line else unit)
        length += len(line[-1])
    yield "".join(line)


def _unmunged(text: str) -> str:
    """The text without `From ` at the start of a line, which mailboxes would turn into `>From `."""
    return re.sub("^From ", "=46rom ", text, flags=re.MULTILINE) if "From " in text else text
