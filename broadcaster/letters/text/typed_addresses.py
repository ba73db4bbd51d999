"""Web and email addresses that stand in a text as they are typed: where they begin and where they end.

Written by hand, for what recognises addresses elsewhere (linkify-it and its kin) takes the danda and the Arabic comma
into the link, and knows nothing of gaps. A sentinel is a word of ASCII letters and digits, so a gap may be part of one.
"""

import re
from collections.abc import Iterator

SENTENCE_MARKS = "؟،؛۔।॥。、，；：？！።፣፤፧။၊។"
"""Marks of other scripts that follow a word without a space. Telephones and mail programs that make links by themselves
take one that follows an address at once for a part of it (Android's Patterns.WEB_URL takes any such character)."""

_MARKS = frozenset(SENTENCE_MARKS)

_HIDDEN = "\u200e\u200f\u2066-\u2069"
_WEB = re.compile(
    rf"(?<![A-Za-z0-9@])(?:https?://|www\.(?=[A-Za-z0-9]))[^\s<>\"|\\^`{{}}\[\]«»“”‘’{SENTENCE_MARKS}{_HIDDEN}]+",
    re.IGNORECASE,
)
# The addresses that people type, not all that RFC 5322 allows: quotation marks and comments are none of them.
_EMAIL = re.compile(
    r"(?<![\w.%+@/:-])[A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9_])?@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![\w@])"
)
_TRAILING_MARKS = ".,;:!?…'"


def web_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where each web address begins and ends: from its scheme or `www.` on, without what ends the sentence."""
    for found in _WEB.finditer(text):
        end = found.start() + len(_trimmed(found[0]))
        if end > found.start() + len("www."):
            yield found.start(), end


def email_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where each email address begins and ends."""
    # Most texts have none: looking for one from every word on would cost more than the rest of compiling.
    return (found.span() for found in _EMAIL.finditer(text)) if "@" in text else iter(())


def space_after_addresses(text: str) -> str:
    """The text with a space between an address and a sentence mark that follows it at once."""
    ends = {end for _, end in (*web_addresses(text), *email_addresses(text)) if text[end : end + 1] in _MARKS}
    pieces, at = [], 0
    for end in sorted(ends):
        pieces.append(text[at:end])
        at = end
    return " ".join([*pieces, text[at:]])


def _trimmed(address: str) -> str:
    """The address without the marks after it, and without a bracket that was opened before it."""
    while address and (
        address[-1] in _TRAILING_MARKS or (address[-1] == ")" and address.count(")") > address.count("("))
    ):
        address = address[:-1]
    return address
