"""YAML as people mean it: every scalar is the text that stands there, and everything knows its line.

YAML's own reading turns `no` into a falsehood, `09:00` into a number and drops all but the last of two equal keys. Here
nothing is guessed: types come from the schema of whoever reads. Aliases are refused, for nine lines of them can stand
for a billion items, and so are tags and second documents, which no file of ours needs.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import yaml

from broadcaster.config.yaml_files.file_text import read_file_text
from broadcaster.config.yaml_files.syntax_errors import explain_syntax
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.problems import Problem

PathStep = str | int
YamlValue = str | list["YamlValue"] | dict[str, "YamlValue"]

MAX_DEPTH = 20
"""Ours nest four deep; a file that goes further is a mistake or an attack on whoever reads it."""

_ALIAS_REMEDY = (
    "Write the value out at each place; anchors (&) and aliases (*) are not used here. "
    "A value that begins with & or * must stand in quotes."
)
_QUOTE_REMEDY = "Write a value, or take the line out. A value that begins with # must stand in quotes."


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One YAML file: nested dicts, lists and strings, and the line of each.

    `file` is relative to the project folder. `problems` is what the file itself does wrong; what could be read in spite
    of that is in `data`, without the keys and items in `empty` that had no value.
    """

    file: str
    data: dict[str, YamlValue]
    lines: Mapping[tuple[PathStep, ...], int] = field(repr=False)
    problems: tuple[Problem, ...] = ()
    empty: frozenset[tuple[PathStep, ...]] = frozenset()

    def line(self, path: tuple[PathStep, ...]) -> int | None:
        """The 1-based line on which this key or item stands; None if it does not."""
        return self.lines.get(tuple(path))

    def nearest_line(self, path: tuple[PathStep, ...]) -> int | None:
        """The line of this key or item, or of whatever holds it."""
        steps = tuple(path)
        while steps and steps not in self.lines:
            steps = steps[:-1]
        return self.lines.get(steps)


def read_yaml(path: Path, root: Path, *, may_be_empty: Collection[tuple[PathStep, ...]] = ()) -> YamlDocument:
    """Read one YAML file below `root`, the project folder.

    A key without a value is an error, except at a path in `may_be_empty`, where it counts as absent. Raises
    `ProblemsFoundError` with everything that is wrong with the file as YAML.
    """
    document = survey_yaml(path, root, may_be_empty=may_be_empty)
    if document.problems:
        raise ProblemsFoundError(document.problems)
    return document


def survey_yaml(path: Path, root: Path, *, may_be_empty: Collection[tuple[PathStep, ...]] = ()) -> YamlDocument:
    """As `read_yaml`, but what is wrong stands in `problems`, so that a schema can add what it finds."""
    file = path_in_messages(path, root)
    text, unreadable = read_file_text(path, file)
    if unreadable is not None:
        return YamlDocument(file, {}, {}, (unreadable,))
    return survey_yaml_text(text, file, may_be_empty=may_be_empty)


def survey_yaml_text(text: str, file: str, *, may_be_empty: Collection[tuple[PathStep, ...]] = ()) -> YamlDocument:
    """As `survey_yaml`, of a text that is to stand in `file`."""
    document = _build(file, text, frozenset(may_be_empty))
    return replace(document, data={key: _copy(value) for key, value in document.data.items()})


@lru_cache(maxsize=64)
def _build(file: str, text: str, may_be_empty: frozenset[tuple[PathStep, ...]]) -> YamlDocument:
    """The document of this text. Cached: desk and clock read the same files at each request and round, and PyYAML takes
    a millisecond for a few lines.
    """
    return _DocumentBuilder(file, text.splitlines(), may_be_empty).build(text)


def _copy(value: YamlValue) -> YamlValue:
    """A copy of the value that the caller may change; the cached one stays as it is."""
    if isinstance(value, dict):
        return {key: _copy(each) for key, each in value.items()}
    return [_copy(each) for each in value] if isinstance(value, list) else value


def path_in_messages(path: Path, root: Path) -> str:
    """A path as messages name it: relative to the project folder where it lies below it."""
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.as_posix()


def _line_of(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _StopReadingError(Exception):
    """Nothing that follows can be understood; the problem is already noted."""


class _DocumentBuilder:
    """Turns the parser's events into data, noting lines and problems on the way.

    Events, unlike PyYAML's composer, come one by one: an alias is refused before it is followed, and depth is ours to
    bound.
    """

    def __init__(self, file: str, source_lines: list[str], may_be_empty: frozenset[tuple[PathStep, ...]]) -> None:
        self._file = file
        self._source = source_lines
        self._may_be_empty = may_be_empty
        self._lines: dict[tuple[PathStep, ...], int] = {}
        self._problems: list[Problem] = []
        self._empty: set[tuple[PathStep, ...]] = set()

    def build(self, text: str) -> YamlDocument:
        data: dict[str, YamlValue] = {}
        try:
            data = self._document(yaml.parse(text, Loader=yaml.SafeLoader))
        except yaml.MarkedYAMLError as error:
            self._note_syntax(error)
        except _StopReadingError:
            pass
        except (ValueError, OverflowError, RecursionError, MemoryError):
            # PyYAML raises these for numbers in directives and escapes that are larger than any can be.
            remedy = "Take out what was changed last: a \\U in quotes, or a line that begins with %."
            self._problems.append(Problem.error("yaml-syntax", "this is not YAML", remedy, file=self._file))
        return YamlDocument(self._file, data, self._lines, tuple(self._problems), frozenset(self._empty))

    def _document(self, events: Iterator[yaml.Event]) -> dict[str, YamlValue]:
        top: dict[str, YamlValue] = {}
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._note(
                        "yaml-documents",
                        event,
                        "a second document begins here (---)",
                        "Take the line --- out, or put what follows into a file of its own.",
                    )
                    raise _StopReadingError
            elif isinstance(event, yaml.MappingStartEvent):
                self._refuse_extras(event)
                top = self._mapping(events, ())
            elif isinstance(event, yaml.AliasEvent | yaml.NodeEvent) and not self._is_blank(event):
                self._note(
                    "yaml-top",
                    event,
                    "the file does not begin with a key",
                    "Write the file as lines of  key: value.",
                )
                raise _StopReadingError
        return top

    @staticmethod
    def _is_blank(event: yaml.Event) -> bool:
        return isinstance(event, yaml.ScalarEvent) and not event.value and event.style is None

    def _value(self, event: yaml.Event, events: Iterator[yaml.Event], path: tuple[PathStep, ...]) -> YamlValue | None:
        """The value that begins with this event; None, and noted, where nothing stands."""
        if len(path) > MAX_DEPTH:
            self._note("yaml-depth", event, f"the file nests deeper than {MAX_DEPTH} levels", "Write it flatter.")
            raise _StopReadingError
        if isinstance(event, yaml.AliasEvent):
            self._note("yaml-alias", event, f"'*{event.anchor}' is an alias", _ALIAS_REMEDY)
            self._empty.add(path)
            return None
        self._refuse_extras(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path)
        if not isinstance(event, yaml.ScalarEvent):  # pragma: no cover - the parser yields no other node
            raise TypeError(type(event).__name__)
        if self._is_blank(event):
            self._empty.add(path)
            self._note_empty(event, path)
            return None
        return str(event.value)

    def _mapping(self, events: Iterator[yaml.Event], path: tuple[PathStep, ...]) -> dict[str, YamlValue]:
        found: dict[str, YamlValue] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event)
            if key in found or (*path, key) in self._empty:
                first = self._lines[(*path, key)]
                self._note(
                    "duplicate-key",
                    event,
                    f"'{key}' stands here a second time; the first is on line {first}",
                    "Keep one of the two.",
                )
                self._value(next(events), events, (*path, f"{key} (second)"))
                continue
            self._lines[(*path, key)] = _line_of(event)
            value = self._value(next(events), events, (*path, key))
            if value is not None:
                found[key] = value
        return found

    def _sequence(self, events: Iterator[yaml.Event], path: tuple[PathStep, ...]) -> list[YamlValue]:
        found: list[YamlValue] = []
        for number, event in enumerate(events):
            if isinstance(event, yaml.SequenceEndEvent):
                break
            # Numbered as in the list that is handed on, so that a schema's findings name the right line.
            place = (*path, len(found))
            self._lines[place] = _line_of(event)
            value = self._value(event, events, place)
            if value is None:
                self._empty.discard(place)
                self._empty.add((*path, f"item {number}"))
            else:
                found.append(value)
        return found

    def _key(self, event: yaml.Event) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._note("yaml-key", event, "a key here is not a word", "Write  key: value  with a plain word as key.")
            raise _StopReadingError
        self._refuse_extras(event)
        return str(event.value)

    def _refuse_extras(self, event: yaml.Event) -> None:
        if anchor := getattr(event, "anchor", None):
            self._note("yaml-alias", event, f"'&{anchor}' is an anchor", _ALIAS_REMEDY)
        # A quoted scalar's "tag" is None unless one was written; `!` alone is a written one too.
        if getattr(event, "tag", None):
            self._note("yaml-tag", event, "a tag (!) stands before this value", "Take it out; write the value alone.")

    def _note_empty(self, event: yaml.Event, path: tuple[PathStep, ...]) -> None:
        if path in self._may_be_empty:
            return
        last = path[-1]
        what = "this list item is empty" if isinstance(last, int) else f"'{last}' has no value"
        # The mark of an empty scalar may lie on the line after; the key's own line is where a person looks.
        line = self._lines.get(path, _line_of(event))
        if "#" in (self._source[line - 1] if line <= len(self._source) else ""):
            what += " (what follows # is a comment)"
        self._problems.append(Problem.error("empty-value", what, _QUOTE_REMEDY, file=self._file, line=line))

    def _note(self, code: str, event: yaml.Event, message: str, remedy: str) -> None:
        line = _line_of(event)
        self._problems.append(Problem.error(code, message, remedy, file=self._file, line=line))

    def _note_syntax(self, error: yaml.MarkedYAMLError) -> None:
        # For a quote or bracket that is not closed, where it was opened says more than where the file ends.
        opened = "quoted scalar" in (error.context or "") or "flow" in (error.context or "")
        mark = (error.context_mark if opened else None) or error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        message, remedy = explain_syntax(error, self._source[line - 1] if line and line <= len(self._source) else "")
        self._problems.append(Problem.error("yaml-syntax", message, remedy, file=self._file, line=line))


__all__ = ["PathStep", "YamlDocument", "YamlValue", "path_in_messages", "read_yaml", "survey_yaml"]
