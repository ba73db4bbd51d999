"""A person's entry under `people` in config.yaml: what it says of them, and how it is written."""

import json
import re
from dataclasses import dataclass

from broadcaster.config import Person
from broadcaster.config.yamledit import YamlText, in_quotes

BLOCK = "people"
_PLAIN = re.compile(r"[^\W\d_](?:[\w .'’-]*[\w.'’])?")
"""Names that YAML reads as they stand, within braces too; others are put into quotes."""


_KEYS = ("audiences", "email", "phone", "tell")
"""What need not stand there."""


@dataclass(frozen=True, slots=True)
class Part:
    """What somebody is to be here; `audiences` is None for whoever works with all of them. `email` and `phone` are ""
    where there are none; `tell` says by which channels they are told of what needs them.
    """

    name: str
    role: str
    audiences: tuple[str, ...] | None
    email: str = ""
    phone: str = ""
    tell: tuple[str, ...] = ()


def part_of(person: Person) -> Part:
    """What somebody is, as config.yaml has it."""
    return Part(person.name, person.role, person.audiences, person.email or "", person.phone or "", person.tell)


def line(key: str, part: Part) -> str:
    """The entry of somebody who is new."""
    return f"{key}: {{{', '.join(f'{name}: {value}' for name, value in _written(part).items())}}}"


def rewrite(text: YamlText, key: str, was: Part, part: Part) -> None:
    """Say in the file what somebody is now, in the form in which it was written there."""
    there = (BLOCK, key)
    if text.in_braces(*there):
        text.replace(there, line(key, part) + _kept(text.comment(*there)))
        return
    old, new = _written(was), _written(part)
    for name in (*_KEYS, "name"):
        if new.get(name) != old.get(name):
            text.replace((*there, name), *([f"{name}: {new[name]}"] if name in new else []))
    added = [f"{name}: {new[name]}" for name in _KEYS if name in new and not text.has(*there, name)]
    comment = text.comment(*there, "role") if part.role == was.role else ""
    if added or part.role != was.role:
        text.replace((*there, "role"), f"role: {part.role}{_kept(comment)}", *added)


def _written(part: Part) -> dict[str, str]:
    """The keys of a person in the file, with their values."""
    said = {"name": _quoted(part.name), "role": str(part.role)}
    if part.audiences is not None:
        said["audiences"] = _list(part.audiences)
    for key, value in (("email", part.email), ("phone", part.phone)):
        if value:
            said[key] = in_quotes(value)
    if part.tell:
        said["tell"] = _list(part.tell)
    return said


def _kept(comment: str) -> str:
    return f"  {comment}" if comment else ""


def _list(audiences: tuple[str, ...]) -> str:
    return f"[{', '.join(audiences)}]"


def _quoted(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else json.dumps(name, ensure_ascii=False)
