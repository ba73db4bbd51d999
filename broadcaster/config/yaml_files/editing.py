"""Changing single keys of a YAML file and leaving every other byte of it, comments too, as people wrote it.

Lines are changed as text. ruamel.yaml writes the whole file anew: it indents all blocks alike, drops spaces within
lines and CRLF, and takes a comment above a removed key along.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from broadcaster.config.yaml_files.document import PathStep, YamlValue, survey_yaml
from broadcaster.domain.errors import BroadcasterError
from broadcaster.files.whole_files import replacing_file


class NotChangeableError(BroadcasterError):
    """The key does not begin a line of its own, so it cannot be changed without writing the file anew."""

    code = "yaml-not-changeable"
    default_remedy = "Put the key on a line of its own, below the key it belongs to, instead of into braces."


class EditedMeanwhileError(BroadcasterError):
    """Somebody changed the file between our reading and our writing it; their change stays."""

    code = "edited-meanwhile"
    default_remedy = "Look at it as it is now, and do it once more."


def quote_yaml(text: str) -> str:
    """A text of one line as a value in a YAML file: whatever stands in it, it is read as that text.

    JSON's strings are among those of YAML; control characters and other line breaks must be gone (`domain.cleaning`).
    """
    return json.dumps(text, ensure_ascii=False)


class YamlEditor:
    """One YAML file, open for changes. Paths are as those of `YamlDocument.line`; nothing is written before `save`."""

    def __init__(self, path: Path, root: Path) -> None:
        self._path = path
        self._document = survey_yaml(path, root)
        self._was = path.read_bytes()
        self._lines = self._was.decode("utf-8").splitlines(keepends=True)
        self._break = "\r\n" if self._lines and self._lines[0].endswith("\r\n") else "\n"
        self._changes: list[tuple[int, int, list[str]]] = []

    @property
    def data(self) -> Mapping[str, YamlValue]:
        """What the file said when it was opened."""
        return self._document.data

    def has(self, *path: PathStep) -> bool:
        """Whether the key stands in the file."""
        return self._document.line(path) is not None

    def in_braces(self, *path: PathStep) -> bool:
        """Whether what belongs to a key that stands in the file is written within braces, on its line."""
        number = self._document.line(path)
        return number is not None and "{" in _without_comment(self._lines[number - 1])

    def comment(self, *path: PathStep) -> str:
        """The comment at the end of a key's line; "" where there is none, or what looks like one may be a value."""
        number = self._document.line(path)
        found = _COMMENT.search(self._lines[number - 1]) if number is not None else None
        return found[1] if found else ""

    def replace(self, path: tuple[PathStep, ...], *lines: str) -> None:
        """Put `lines` in the place of a key and all that belongs to it, indented as it was.

        Does nothing where there is no such key. Raises `NotChangeableError` for a key within braces.
        """
        number = self._document.line(path)
        if number is None:
            return
        first = self._lines[number - 1].removeprefix("\ufeff")
        rest = first.lstrip(" ")
        if not rest.startswith((f"{path[-1]}:", f'"{path[-1]}":', f"'{path[-1]}':")):
            raise NotChangeableError(
                f"'{path[-1]}' does not stand on a line of its own.", file=self._document.file, line=number
            )
        depth = len(first) - len(rest)
        self._changes.append((number - 1, self._end(number, depth), [" " * depth + line for line in lines]))

    def add(self, parent: str | tuple[PathStep, ...], *lines: str) -> None:
        """Put `lines` below all that belongs to a key. A top key is written at the end where the file lacks it.

        Of two additions that end on one line the first stands above the second. Raises `NotChangeableError` where what
        belongs to the key is written within braces.
        """
        place = (parent,) if isinstance(parent, str) else parent
        number = self._document.line(place)
        if number is None:
            end = len(self._lines)
            self._changes.append((end, end, [f"{place[0]}:", *(f"  {line}" for line in lines)]))
            return
        first = min((found for path, found in self._document.lines.items() if path[:-1] == place), default=None)
        if first == number or self.in_braces(*place):
            raise NotChangeableError(f"'{place[-1]}' is written within braces.", file=self._document.file, line=number)
        outer = _indentation(self._lines[number - 1])
        depth = outer + 2 if first is None else _indentation(self._lines[first - 1])
        end = number if first is None else self._end(number, outer)
        self._changes.append((end, end, [" " * depth + line if line else "" for line in lines]))

    def set(self, path: tuple[PathStep, ...], value: str) -> None:
        """Give a key that stands in the file another value; a line that says so already keeps its comment.

        Raises `NotChangeableError` as `replace` does.
        """
        there: YamlValue | None = dict(self._document.data)
        for step in path:
            there = there.get(str(step)) if isinstance(there, dict) else None
        if there != value:
            self.replace(path, f"{path[-1]}: {value}")

    def edited_text(self) -> str:
        """What the file would say with its changes."""
        now = list(self._lines)
        # From the end on, so that no change moves the place of another.
        order = sorted(((start, end, number) for number, (start, end, _) in enumerate(self._changes)), reverse=True)
        for start, end, number in order:
            lines = self._changes[number][2]
            if lines and start and not now[start - 1].endswith(("\n", "\r")):
                now[start - 1] += self._break
            now[start:end] = [line + self._break for line in lines]
        return "".join(now)

    def save(self, look: Callable[[Path], None] | None = None) -> None:
        """Write the file with its changes, whole or not at all.

        `look` sees it before it takes the place of the old one, and raises to keep that. Raises EditedMeanwhileError.
        """
        with replacing_file(self._path) as file:
            file.write(self.edited_text().encode())
            file.flush()
            if look is not None:
                look(Path(file.name))
            self._refuse_edited()

    def _refuse_edited(self) -> None:
        if self._path.read_bytes() != self._was:
            raise EditedMeanwhileError(f"{self._path.name} was changed by somebody else just now.")

    def _end(self, start: int, depth: int) -> int:
        """Where the lines from `start` on that stand deeper than `depth`, or are items of a list that is written as far
        out as its key, come to an end; blank ones within count.
        """
        end = start
        for number, line in enumerate(self._lines[start:], start=start + 1):
            if not line.strip():
                continue
            if _indentation(line) < depth or (_indentation(line) == depth and not line.lstrip(" ").startswith("- ")):
                break
            end = number
        return end


_COMMENT = re.compile(r"""[ \t](\#[^"'{}\[\]]*?)\s*$""")
"""A comment without quotes or braces, so that it cannot be the end of a value that has a # in it."""


def _without_comment(line: str) -> str:
    return line.partition("#")[0]


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
