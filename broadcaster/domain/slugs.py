"""Names for files, keys and addresses, made of the titles that people write."""

import re
import unicodedata
from collections.abc import Callable

LONGEST_SLUG = 48
"""Characters."""

RESERVED_SLUGS = frozenset({"new"})
"""Names that pages of the desk have."""


def slug(title: str) -> str:
    """A name made of a title: its letters a to z and digits, joined by `-`; "" where it has none."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SLUG].strip("-")


def free_slug(title: str, otherwise: str, is_taken: Callable[[str], bool]) -> str:
    """The title's slug, or `otherwise` where it has none; with a number behind it where that is taken or reserved."""
    first = slug(title) or otherwise
    name, number = first, 1
    while name in RESERVED_SLUGS or is_taken(name):
        number += 1
        name = f"{first}-{number}"
    return name
