"""Contacts as vCards (RFC 6350, and 3.0 and 2.1 before it), as iCloud and telephones export them: name, email, phone.

By hand, for of a card only these and its language are wanted. The libraries for it (vobject) give up at the first line
that they cannot read, and bring two packages more.
"""

import quopri
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field

from broadcaster.audiences.storage.encrypted_file import FileSource

VCARD_HEADINGS = ["name", "email", "phone", "language"]

LONGEST_VCARD_LINE = 1 << 20
"""Characters of one line with its continuations: a picture is thrown away as it comes."""

_LINE = re.compile(r"(?:[\w-]+\.)?([\w-]+)((?:;[^:\"]*(?:\"[^\"]*\")?[^:\"]*)*):(.*)", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MOBILE = re.compile(r"\b(cell|mobile|iphone)\b", re.IGNORECASE)
_PREFERRED = re.compile(r"\bpref\b", re.IGNORECASE)


@dataclass(slots=True)
class _Card:
    name: str = ""
    parts: str = ""
    emails: list[tuple[bool, str]] = field(default_factory=list)
    phones: list[tuple[bool, str]] = field(default_factory=list)
    language: str = ""

    def row(self) -> list[str]:
        return [self.name or self.parts, _preferred_value(self.emails), _preferred_value(self.phones), self.language]


def read_vcard_rows(source: FileSource, further: Counter[str]) -> Iterator[list[str]]:
    """A row with the headings, then one for each card: the preferred address of several, the mobile number of several,
    else the first. How many others there are is counted in `further`, by column.
    """
    yield VCARD_HEADINGS
    card = _Card()
    for name, parameters, value in _read_properties(source):
        if name == "BEGIN":
            card = _Card()
        elif name == "END":
            further["email"] += max(len(card.emails) - 1, 0)
            further["phone"] += max(len(card.phones) - 1, 0)
            yield card.row()
        else:
            _note_property(card, name, parameters, value)


def _note_property(card: _Card, name: str, parameters: str, value: str) -> None:
    if name == "FN":
        card.name = _unescape_value(value)
    elif name == "N":
        # Family, given, further, honorific before and behind.
        family, given, further, *_ = [*_split_components(value), "", "", ""]
        card.parts = " ".join(filter(None, (given, further, family)))
    elif name == "EMAIL":
        card.emails.append((bool(_PREFERRED.search(parameters)), _unescape_value(value)))
    elif name == "TEL":
        card.phones.append((bool(_MOBILE.search(parameters)), _unescape_value(value.removeprefix("tel:"))))
    elif name == "LANG" and not card.language:
        card.language = _unescape_value(value)


def _read_properties(source: FileSource) -> Iterator[tuple[str, str, str]]:
    for line in _unfolded_lines(source):
        if match := _LINE.fullmatch(line):
            name, parameters, value = match[1].upper(), match[2], match[3]
            if "QUOTED-PRINTABLE" in parameters.upper():
                value = quopri.decodestring(value.encode("latin-1", "replace")).decode(_charset(parameters), "replace")
            yield name, parameters, value.strip()


def _unfolded_lines(source: FileSource) -> Iterator[str]:
    """Lines with their continuations (RFC 6350, 3.2; in 2.1 a line of quoted-printable goes on behind a =)."""
    whole = ""
    with closing(source.open("rb")) as stream:
        encoding = "utf-16" if stream.peek(2)[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        text = stream.read().decode(encoding, "replace")
    for line in text.splitlines():
        if line[:1] in (" ", "\t"):
            whole += line[1:] if len(whole) < LONGEST_VCARD_LINE else ""
        elif whole.endswith("=") and "QUOTED-PRINTABLE" in whole.partition(":")[0].upper():
            whole = whole[:-1] + line
        else:
            if whole:
                yield whole
            whole = line
    if whole:
        yield whole


def _charset(parameters: str) -> str:
    match = re.search(r"CHARSET=([\w-]+)", parameters, re.IGNORECASE)
    charsets: Mapping[str, str] = {"UTF-8": "utf-8", "ISO-8859-1": "latin-1", "WINDOWS-1252": "cp1252"}
    return charsets.get((match[1] if match else "UTF-8").upper(), "utf-8")


def _split_components(value: str) -> list[str]:
    return [_unescape_value(part) for part in re.split(r"(?<!\\);", value)]


def _unescape_value(value: str) -> str:
    return " ".join(_ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value).split())


def _preferred_value(values: list[tuple[bool, str]]) -> str:
    return next((value for wanted, value in values if wanted), values[0][1] if values else "")
