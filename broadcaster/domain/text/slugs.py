"""Names for files, keys and addresses, made of the titles that people write."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import chain, count

LONGEST_SLUG = 48
"""Characters."""

RESERVED_SLUGS = frozenset({"new"})
"""Names that pages of the desk have."""


def slug_of(title: str) -> str:
    """A name made of a title: its letters a to z and digits, joined by `-`; "" where it has none."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SLUG].strip("-")


def free_slug(title: str, otherwise: str, is_taken: Callable[[str], bool]) -> str:
    """The title's slug, or `otherwise` where it has none; with a number behind it where that is taken or reserved."""
    return next(name for name in slug_candidates(title, otherwise) if not is_taken(name))


def slug_candidates(title: str, otherwise: str) -> Iterator[str]:
    """The title's slug, or `otherwise` where it has none; then the same with 2, 3 … behind it, without end."""
    first = slug_of(title) or otherwise
    names = chain([first], (f"{first}-{number}" for number in count(2)))
    return (name for name in names if name not in RESERVED_SLUGS)
