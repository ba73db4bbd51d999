"""Redaction of what providers say: their words without people, and their ids if they are ids.

Servers repeat whom they were asked for: the address, the part before the @, the name that their directory has for it,
its domain, a number. What a name is nobody can tell, so it is the other way round: kept is what is surely none, that
is, codes and the words of `redaction_allowlist`. The codes say what was wrong; the words make them easier to read.
"""

import hashlib
import re
from collections.abc import Iterator

from broadcaster.providers.redaction_allowlist import ALSO_NAMES, WORDS

DETAIL_LIMIT = 300
"""Characters of a provider's words that are kept: enough to understand, too little to fill a disk."""

ADDRESS = "<address>"
"""Stands for an address, and for what is a part of the recipient's."""

LEFT_OUT = "…"
"""Stands for words that may be anybody's name."""

_READ = 1000
"""Characters that are looked at."""

_STATUS = r"[245]\.\d{1,3}\.\d{1,3}(?!\.?\w)"  # RFC 3463
_TOKEN = re.compile(
    rf"""
      (?P<address> <?[^\s<>@,;:()"']+@[^\s<>@,;:()"']+>? )
    | (?P<code> \A(?:[2-5]\d\d|\d{{5}})(?=[\s-]|\Z) | (?<![\w.]){_STATUS} )
    | (?P<number> \+?\d+ (?: [ ().-]+(?!{_STATUS})\d+ )* (?!\w) )
    | (?P<word> \w+ (?: [-.'/=+%&~\#]+\w+ )* )
    | (?P<other> [^ -~]+ )
    """,
    re.VERBOSE,
)
_CODES = re.compile(rf"(?:[2-5]\d\d|\d{{5}})(?!\S)(?: {_STATUS})?")
_SEAM = re.compile(r"[\W_]+")
_NO_LETTER = re.compile(r"[\W\d_]+")
_LEFT_OUT_TWICE = re.compile(rf"{LEFT_OUT}(?:[^\w<>]*{LEFT_OUT})+")
_SMALL_NUMBER = 3
_SHORT = 2
"""Letters of a part of an address that names nobody; alone they stand in many words' place."""

_ID = re.compile(r"[A-Za-z0-9._~+/=@:-]{1,120}")
_ATTEMPT = re.compile(r"[A-Za-z0-9-]{1,64}")


def redact(text: str, *addresses: str) -> str:
    """A provider's words as they may be stored and shown: nobody's name, address or number, nothing that cannot be
    printed or encoded, not endless.

    `addresses` are the recipient's, as far as they are known: what is a part of them is taken out even if it is a
    common word. A common word that is somebody's name and no part of the address stays.
    """
    parts = frozenset(_address_parts(addresses))
    return _LEFT_OUT_TWICE.sub(LEFT_OUT, _TOKEN.sub(lambda token: _kept_token(token, parts), text[:_READ]))[
        :DETAIL_LIMIT
    ].strip()


def _kept_token(token: re.Match[str], parts: frozenset[str]) -> str:
    said, kind = token[0], token.lastgroup
    plain = said.casefold()
    pieces = _SEAM.split(plain) if kind == "word" else [plain]
    if kind == "other":
        return " "
    if kind == "address" or not (kind == "code" or parts.isdisjoint((plain, *pieces))):
        return ADDRESS
    if kind == "word":
        known = WORDS.issuperset(pieces) and (said == plain or ALSO_NAMES.isdisjoint(pieces))
    else:
        known = kind == "code" or (said.isdecimal() and len(said) <= _SMALL_NUMBER)
    return said if known else LEFT_OUT


def reply_codes(detail: str) -> str:
    """The codes that an answer began with, as "550 5.7.1" (reply code, RFC 5321; enhanced code, RFC 3463), "401" or
    "21610"; "" where `detail`, which is a receipt's, holds no answer.
    """
    found = _CODES.match(detail)
    return found[0] if found else ""


def clean_reference(text: str) -> str:
    """A provider's own id of a message; "" where that is nothing an id can be."""
    return text if _ID.fullmatch(text) else ""


def report_key(text: str) -> str:
    """What tells a report from all others: the provider's id of it, or its hash where it cannot be kept as it is."""
    return text if _ID.fullmatch(text) else hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def clean_attempt_id(text: str) -> str:
    """An id of ours that a provider gives back; "" where it certainly is none."""
    return text if _ATTEMPT.fullmatch(text) else ""


def _address_parts(addresses: tuple[str, ...]) -> Iterator[str]:
    for address in addresses:
        plain = address.casefold()
        local = plain.partition("@")[0]
        for part in (plain, local, *_NO_LETTER.split(local), *_SEAM.split(local)):
            if len(part) > _SHORT:
                yield part
