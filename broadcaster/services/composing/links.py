"""The links to the pages of one delivery: to read its letter, to check it, and to unsubscribe.

A link holds a token that only the project's key can make and read: no name, no address, no letter.
"""

import re
from collections.abc import Sequence

from broadcaster.domain.language.language_tags import primary_language
from broadcaster.keys import Keyring
from broadcaster.keys.tokens import id_blocks
from broadcaster.letters.rendering.fragments import Links

LINK_PATHS = {"web": "w", "check": "c", "unsubscribe": "u"}
"""The path between the host and the token; short, because a text message pays for each character."""

SAMPLE_TOKEN = "sample" + "0" * 16
"""As long as a real token; no delivery has it."""

_PRIMARY_LANGUAGE = re.compile(r"[a-z]{2}")


class LinkMaker:
    """Mints the links of deliveries."""

    def __init__(self, public_url: str | None, keyring: Keyring) -> None:
        self._base = (public_url or "").rstrip("/")
        self._tokens = {purpose: keyring.tokens(purpose) for purpose in LINK_PATHS}

    def mint(self, delivery_ids: Sequence[str], languages: Sequence[str]) -> list[Links]:
        """The links of each delivery, in order; empty ones where no `public_url` is set.

        `languages` are those of the messages, in the same order.
        """
        if not self._base:
            return [Links()] * len(delivery_ids)
        base, blocks = self._base, id_blocks(delivery_ids)
        web, check, unsubscribe = (
            self._tokens[purpose].mint_blocks(blocks) for purpose in ("web", "check", "unsubscribe")
        )
        return [
            Links(
                f"{base}/{LINK_PATHS['web']}/{w}",
                f"{base}/{LINK_PATHS['check']}/{c}",
                f"{base}/{LINK_PATHS['unsubscribe']}/{u}{_language_suffix(language)}",
            )
            for w, c, u, language in zip(web, check, unsubscribe, languages, strict=True)
        ]


def _language_suffix(language: str) -> str:
    """The end of an unsubscribe link, ".ar".

    The unsubscribe page is the same for every token, known or not, so it cannot look up the language of the message.
    """
    primary = primary_language(language)
    return f".{primary}" if _PRIMARY_LANGUAGE.fullmatch(primary) else ""


def split_link_ending(part: str) -> tuple[str, str]:
    """The token in the last part of a link, and the language of its message, "" where the link names none."""
    token, _, language = part.partition(".")
    return token, language if _PRIMARY_LANGUAGE.fullmatch(language) else ""


def delivery_id_of_token(keyring: Keyring, purpose: str, token: str) -> str | None:
    """The delivery id in the token of a link of this purpose ("web", "check", "unsubscribe"); None for no token.

    Whether there is such a delivery only the ledger knows.
    """
    return keyring.tokens(purpose).read(token)


def sample_links(public_url: str | None, language: str = "en") -> Links:
    """Links as long as real ones, for a message in this language that is not sent."""
    base = (public_url or "").rstrip("/")
    if not base:
        return Links()
    web, check, unsubscribe = (
        f"{base}/{LINK_PATHS[purpose]}/{SAMPLE_TOKEN}" for purpose in ("web", "check", "unsubscribe")
    )
    return Links(web, check, unsubscribe + _language_suffix(language))
