"""Changing single keys of a YAML file and leaving every other byte of it, comments too, as people wrote it."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from broadcaster.config.yamlfile import Step, Value, survey
from broadcaster.domain.errors import BroadcasterError


class NotChangeableError(BroadcasterError):
    """The key does not begin a line of its own, so it cannot be changed without writing the file anew."""

    code = "yaml-not-changeable"
    default_remedy = "Put the key on a line of its own, below the key it belongs to, instead of into braces."


class YamlText:
    """One YAML file, open for changes. Paths are as those of `Document.line`; nothing is written before `save`."""

    def __init__(self, path: Path, root: Path) -> None:
        self._path = path
        self._document = survey(path, root)
        self._lines = path.read_text("utf-8-sig").splitlines()
        self._changes: dict[int, tuple[int, list[str]]] = {}

    @property
    def data(self) -> Mapping[str, Value]:
        """What the file said when it was opened."""
        return self._document.data

    def has(self, *path: Step) -> bool:
        """Whether the key stands in the file."""
        return self._document.line(path) is not None

    def replace(self, path: tuple[Step, ...], *lines: str) -> None:
        """Put `lines` in the place of a key and all that belongs to it, indented as it was.

        Does nothing where there is no such key. Raises `NotChangeableError` for a key within braces.
        """
        number = self._document.line(path)
        if number is None:
            return
        first = self._lines[number - 1]
        rest = first.lstrip(" ")
        if not rest.startswith((f"{path[-1]}:", f'"{path[-1]}":', f"'{path[-1]}':")):
            raise NotChangeableError(
                f"'{path[-1]}' does not stand on a line of its own.", file=self._document.file, line=number
            )
        depth = len(first) - len(rest)
        self._changes[number - 1] = (self._end(number, depth), [" " * depth + line for line in lines])

    def set(self, path: tuple[Step, ...], value: str) -> None:
        """Give a key that stands in the file another value; a line that says so already keeps its comment.

        Raises `NotChangeableError` as `replace` does.
        """
        there: Value | None = dict(self._document.data)
        for step in path:
            there = there.get(str(step)) if isinstance(there, dict) else None
        if there != value:
            self.replace(path, f"{path[-1]}: {value}")

    def save(self) -> None:
        """Write the file with its changes, whole or not at all."""
        for start, (end, lines) in sorted(self._changes.items(), reverse=True):
            self._lines[start:end] = lines
        self._changes.clear()
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}.tmp")
        try:
            temporary.write_text("\n".join(self._lines) + "\n", "utf-8")
            shutil.copymode(self._path, temporary)
            temporary.replace(self._path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _end(self, start: int, depth: int) -> int:
        """Where the lines from `start` on that stand deeper than `depth` come to an end; blank ones within count."""
        end = start
        for number, line in enumerate(self._lines[start:], start=start + 1):
            if not line.strip():
                continue
            if len(line) - len(line.lstrip(" ")) <= depth:
                break
            end = number
        return end
