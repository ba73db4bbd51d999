"""Sentinels: the words that stand where values will.

A sentinel is made of ASCII letters and digits and begins with a letter, so that Markdown, MJML and style sheets treat
it as they treat a plain word. Its nonce comes from the letter's own content: a letter cannot contain its own
sentinels. A link's sentinel begins like a link, for Markdown must take it for one.
"""

import hashlib
import re

_VALUE, _IN_URL, _LINK, _CONTENT = "v", "u", "l", "c"


class Sentinels:
    """The sentinels of one letter."""

    def __init__(self, digest: str) -> None:
        nonce = hashlib.sha256(f"sentinels of {digest}".encode()).hexdigest()[:12]
        self._stem = f"q{nonce}"
        self.content = f"{self._stem}{_CONTENT}0000z"
        """Stands in a frame where the letter's body will."""
        self.values = re.compile(f"{self._stem}{_VALUE}([0-9a-f]{{4}})z")
        """A value's sentinel; its group is `number`'s hexadecimal argument."""
        self.gaps = re.compile(
            f"https://{self._stem}{_LINK}(?P<link>[a-z]+)0z|{self._stem}(?P<kind>[{_VALUE}{_IN_URL}])(?P<slot>[0-9a-f]{{4}})z"
        )
        """Every gap: `link` is a link's name, or `slot` a value's number in hexadecimal and `kind` whether in a URL."""
        self.any = re.compile(self._stem)
        """What no finished message may contain."""

    def value(self, number: int) -> str:
        return f"{self._stem}{_VALUE}{number:04x}z"

    def link(self, name: str) -> str:
        return f"https://{self._stem}{_LINK}{name}0z"

    def in_url(self, url: str) -> str:
        """A URL whose sentinels say that their values must be percent-encoded."""
        return self.values.sub(rf"{self._stem}{_IN_URL}\1z", url)

    def hidden(self, text: str) -> str:
        """The text for an error message, with … for each gap."""
        return self.gaps.sub("…", text)
