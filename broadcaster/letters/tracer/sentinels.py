"""Sentinels: words written in place of values while a letter is rendered, so that their places can be found again.

A sentinel has ASCII letters and digits only and begins with a letter: Markdown, MJML and style sheets keep it as a
plain word. Its nonce is a hash of the letter's content, so no letter contains its own sentinels. The sentinel of a link
begins with https://, for Markdown must see a link.
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
        """Placeholder of the letter's body in a frame."""
        self.values = re.compile(f"{self._stem}{_VALUE}([0-9a-f]{{4}})z")
        """Matches the sentinel of a value; its group is the value's number in hexadecimal."""
        self.gaps = re.compile(
            f"https://{self._stem}{_LINK}(?P<link>[a-z]+)0z|{self._stem}(?P<kind>[{_VALUE}{_IN_URL}])(?P<slot>[0-9a-f]{{4}})z"
        )
        """Matches every sentinel: `link` is a link's name, or `slot` a number in hexadecimal and `kind` u in a URL."""
        self.any = re.compile(self._stem)
        """Matches any sentinel, whole or broken. No finished message may contain one."""

    def value(self, number: int) -> str:
        return f"{self._stem}{_VALUE}{number:04x}z"

    def link(self, name: str) -> str:
        return f"https://{self._stem}{_LINK}{name}0z"

    def in_url(self, url: str) -> str:
        """The URL with sentinels whose values will be percent-encoded."""
        return self.values.sub(rf"{self._stem}{_IN_URL}\1z", url)

    def hidden(self, text: str) -> str:
        """The text for an error message, with … for each gap."""
        return self.gaps.sub("…", text)
