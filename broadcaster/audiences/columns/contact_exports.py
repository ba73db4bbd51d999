"""Exports of contacts whose columns are known: Google's, in both of its layouts, and Outlook's.

Their many other columns (birthdays, notes, home addresses) are left out: who writes letters has no need of them.
"""

import re
from collections.abc import Sequence

from broadcaster.audiences.columns.arrangement import ColumnRecipe, heading_key
from broadcaster.audiences.columns.known_headings import MOBILE_WORDS, headings_meaning

GOOGLE, OUTLOOK = "Google contacts", "Outlook contacts"

_GOOGLE_VALUE = re.compile(r"(e-mail|phone|custom field) (\d+) - value")
_NAMES = ("first name", "middle name", "last name")
_LABELS = ("label", "type")
_OUTLOOK_EMAILS = ("e-mail address", "e-mail 2 address", "e-mail 3 address")
_OUTLOOK_PHONES = ("mobile phone", "primary phone", "home phone", "home phone 2", "business phone", "other phone")
_OUTLOOK_MARKS = frozenset({"e-mail address", "business phone", "mobile phone", "first name", "last name"})
_KINDS = {"e-mail": "email", "phone": "phone"}


def find_export_recipes(headings: Sequence[str]) -> tuple[str, tuple[ColumnRecipe, ...]]:
    """The program that exported a list with these headings, and how its columns are made; ("", ()) for any other."""
    keys = [heading_key(heading) for heading in headings]
    if "e-mail 1 - value" in keys or "phone 1 - value" in keys:
        return GOOGLE, tuple(_google_recipes(keys))
    if set(keys) >= _OUTLOOK_MARKS:
        return OUTLOOK, tuple(_outlook_recipes(keys))
    return "", ()


def _google_recipes(keys: Sequence[str]) -> list[ColumnRecipe]:
    """First and last name; the first address; the number that is labelled as a mobile, else the first; what stands in
    a field of one's own that is called Language.
    """
    recipes = [_name_recipe(keys, _NAMES, ("given name", "additional name", "family name"))]
    values: dict[str, list[tuple[int, int]]] = {}
    for place, key in enumerate(keys):
        if match := _GOOGLE_VALUE.fullmatch(key):
            labels = [keys.index(key) for word in _LABELS if (key := f"{match[1]} {match[2]} - {word}") in keys]
            label = next(iter(labels), place)
            values.setdefault(match[1], []).append((place, label))
    for kind, column in _KINDS.items():
        if pairs := values.get(kind):
            preferred = MOBILE_WORDS if column == "phone" else frozenset[str]()
            recipes.append(_labelled_recipe(column, pairs, preferred))
    if pairs := values.get("custom field"):
        recipes.append(_labelled_recipe("language", pairs, headings_meaning("language"), only=True))
    return [one for one in recipes if one.places]


def _outlook_recipes(keys: Sequence[str]) -> list[ColumnRecipe]:
    """First and last name, the first address, the mobile number."""
    recipes = [_name_recipe(keys, _NAMES)]
    addresses = tuple(keys.index(key) for key in _OUTLOOK_EMAILS if key in keys)
    phones = tuple(keys.index(key) for key in _OUTLOOK_PHONES if key in keys)
    for column, places in (("email", addresses), ("phone", phones)):
        # Their own cells stand for labels: there are none, so the first that is filled in is taken.
        recipes.append(ColumnRecipe(column, places, labels=places))
    return [one for one in recipes if one.places]


def _name_recipe(keys: Sequence[str], *layouts: Sequence[str]) -> ColumnRecipe:
    """The parts of a name in the order of the file; a whole name only where there are none."""
    for layout in layouts:
        if places := sorted(keys.index(key) for key in layout if key in keys):
            return ColumnRecipe("name", tuple(places))
    return ColumnRecipe("name", tuple(keys.index(key) for key in ("name",) if key in keys))


def _labelled_recipe(
    column: str, pairs: Sequence[tuple[int, int]], preferred: frozenset[str], *, only: bool = False
) -> ColumnRecipe:
    return ColumnRecipe(column, tuple(p for p, _ in pairs), tuple(label for _, label in pairs), preferred, only)
