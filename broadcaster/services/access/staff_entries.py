"""A person's entry under `people` in config.yaml: what it says of them, and how it is written."""

import json
import re
from dataclasses import dataclass

from broadcaster.config import Person
from broadcaster.config.yaml_files.editing import YamlEditor, quote_yaml

PEOPLE_KEY = "people"
_PLAIN_NAME = re.compile(r"[^\W\d_](?:[\w .'’-]*[\w.'’])?")
"""Names that YAML reads as they stand, within braces too; others are put into quotes."""


_OPTIONAL_KEYS = ("audiences", "email", "phone", "tell")
"""What need not stand there."""


@dataclass(frozen=True, slots=True)
class StaffEntry:
    """What somebody is to be here; `audiences` is None for whoever works with all of them. `email` and `phone` are ""
    where there are none; `tell` says by which channels they are told of what needs them.
    """

    name: str
    role: str
    audiences: tuple[str, ...] | None
    email: str = ""
    phone: str = ""
    tell: tuple[str, ...] = ()


def staff_entry_of(person: Person) -> StaffEntry:
    """What somebody is, as config.yaml has it."""
    return StaffEntry(person.name, person.role, person.audiences, person.email or "", person.phone or "", person.tell)


def format_staff_entry(key: str, part: StaffEntry) -> str:
    """The entry of somebody who is new."""
    return f"{key}: {{{', '.join(f'{name}: {value}' for name, value in _entry_keys(part).items())}}}"


def rewrite_staff_entry(text: YamlEditor, key: str, was: StaffEntry, part: StaffEntry) -> None:
    """Say in the file what somebody is now, in the form in which it was written there."""
    there = (PEOPLE_KEY, key)
    if text.in_braces(*there):
        text.replace(there, format_staff_entry(key, part) + _spaced_comment(text.comment(*there)))
        return
    old, new = _entry_keys(was), _entry_keys(part)
    for name in (*_OPTIONAL_KEYS, "name"):
        if new.get(name) != old.get(name):
            text.replace((*there, name), *([f"{name}: {new[name]}"] if name in new else []))
    added = [f"{name}: {new[name]}" for name in _OPTIONAL_KEYS if name in new and not text.has(*there, name)]
    comment = text.comment(*there, "role") if part.role == was.role else ""
    if added or part.role != was.role:
        text.replace((*there, "role"), f"role: {part.role}{_spaced_comment(comment)}", *added)


def _entry_keys(part: StaffEntry) -> dict[str, str]:
    """The keys of a person in the file, with their values."""
    said = {"name": _yaml_name(part.name), "role": str(part.role)}
    if part.audiences is not None:
        said["audiences"] = _yaml_list(part.audiences)
    for key, value in (("email", part.email), ("phone", part.phone)):
        if value:
            said[key] = quote_yaml(value)
    if part.tell:
        said["tell"] = _yaml_list(part.tell)
    return said


def _spaced_comment(comment: str) -> str:
    return f"  {comment}" if comment else ""


def _yaml_list(audiences: tuple[str, ...]) -> str:
    return f"[{', '.join(audiences)}]"


def _yaml_name(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else json.dumps(name, ensure_ascii=False)
