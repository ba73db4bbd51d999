"""Web and email addresses typed in a text: where they begin and end.

This is our own code, for libraries such as linkify-it take the danda and the Arabic comma into the link. A sentinel is
a word of ASCII letters and digits, so an address may have gaps.
"""

import re
from collections.abc import Iterator

SENTENCE_MARKS = "؟،؛۔।॥。、，；：？！።፣፤፧။၊។"
"""Sentence marks of other scripts, which follow a word without a space. Telephones and mail programs that make links
take such a mark into the address (Android's Patterns.WEB_URL takes any such character)."""

_MARKS = frozenset(SENTENCE_MARKS)

_HIDDEN = "\u200e\u200f\u2066-\u2069"
_WEB = re.compile(
    rf"(?<![A-Za-z0-9@])(?:https?://|www\.(?=[A-Za-z0-9]))[^\s<>\"|\\^`{{}}\[\]«»“”‘’{SENTENCE_MARKS}{_HIDDEN}]+",
    re.IGNORECASE,
)
# Addresses as people type them, without RFC 5322's quotation marks and comments.
_EMAIL = re.compile(
    r"(?<![\w.%+@/:-])[A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9_])?@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![\w@])"
)
_TRAILING_MARKS = ".,;:!?…'"


def web_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Begin and end of each web address: from its scheme or `www.`, without punctuation that ends the sentence."""
    for match in _WEB.finditer(text):
        end = match.start() + len(_trimmed(match[0]))
        if end > match.start() + len("www."):
            yield match.start(), end


def email_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Begin and end of each email address."""
    # Most texts have none, and the search from every word would cost more than the rest of compiling.
    return (match.span() for match in _EMAIL.finditer(text)) if "@" in text else iter(())


def space_after_addresses(text: str) -> str:
    """The text with a space between each address and a sentence mark directly after it."""
    ends = {end for _, end in (*web_addresses(text), *email_addresses(text)) if text[end : end + 1] in _MARKS}
    pieces, at = [], 0
    for end in sorted(ends):
        pieces.append(text[at:end])
        at = end
    return " ".join([*pieces, text[at:]])


def _trimmed(address: str) -> str:
    """The address without trailing punctuation, and without a closing bracket that was opened before it."""
    while address and (
        address[-1] in _TRAILING_MARKS or (address[-1] == ")" and address.count(")") > address.count("("))
    ):
        address = address[:-1]
    return address
