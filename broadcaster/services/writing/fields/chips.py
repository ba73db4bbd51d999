"""Chips: what a letter prints, includes or asks, as words in double round brackets such as `((name))`.

Each chip stands for one piece of Jinja, byte for byte. Chips are read in any case and with any blanks.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

_VALUE = re.compile(r"\{\{ (?P<path>(?:recipient|links)\.\w+) \}\}")
_EQUALS = re.compile(r"\{% if recipient\.(?P<column>\w+) == '(?P<value>[^'\\(){}%#\n]+)' %\}")
_TEST = re.compile(r"\{% if recipient\.(?P<column>\w+) %\}")
_PRINT = re.compile(r"\{\{ recipient\.(?P<column>\w+) \}\}")
_PLAIN_VALUE = re.compile(r"[^'\\(){}%#\n]+")

ELSE, END, IF_PERSON = "{% else %}", "{% endif %}", "{% if recipient %}"


@dataclass(frozen=True, slots=True)
class Chip:
    """A chip: the words between its brackets, and the Jinja that it stands for."""

    label: str
    code: str


@dataclass(frozen=True, slots=True)
class ChipWords:
    """The words of conditions, in one language. `{0}` is the field that is asked for, `{1}` what it must be."""

    condition: str = "if {0}"
    equals: str = "if {0} is {1}"
    person: str = "if written to a person"
    otherwise: str = "otherwise"
    end: str = "end"


@dataclass(frozen=True, slots=True)
class FoundChip:
    """What a label stands for. `code` is "" where it cannot be Jinja at all; `known` is false for a column that no
    roster has.
    """

    code: str
    known: bool


class ChipVocabulary:
    """The chips of a letter. Those of `also`, such as the same in another language, are understood and never shown."""

    def __init__(
        self, chips: Iterable[Chip], words: ChipWords | None = None, also: "ChipVocabulary | None" = None
    ) -> None:
        self._also = also
        self._words = words or ChipWords()
        self._labels: dict[str, str] = {}
        self._codes: dict[str, str] = {}
        words = self._words
        self._add(words.person, IF_PERSON)
        self._add(words.otherwise, ELSE)
        self._add(words.end, END)
        for chip in chips:
            label = self._add(chip.label, chip.code)
            if value := _VALUE.fullmatch(chip.code):
                self._add(words.condition.format(label), f"{{% if {value['path']} %}}")
        field, value_of = r"(?P<field>.+?)", r"(?P<value>.+)"
        self._equals = _pattern(words.equals, field, value_of)
        self._condition = _pattern(words.condition, r"(?P<field>.+)", "")

    def label_of(self, code: str) -> str | None:
        """The words for a piece of Jinja; None where no chip stands for it. A column that no roster has is named by
        itself.
        """
        if label := self._labels.get(code):
            return label
        if match := _EQUALS.fullmatch(code):
            return self._words.equals.format(self._column_label(match["column"]), match["value"])
        if match := _TEST.fullmatch(code):
            return self._words.condition.format(self._column_label(match["column"]))
        match = _PRINT.fullmatch(code)
        return self._column_label(match["column"]) if match else None

    def find(self, label: str) -> FoundChip:
        """What a label stands for."""
        found = self._find(label)
        if not found.known and self._also is not None:
            other = self._also.find(label)
            return other if other.known else found
        return found

    def _find(self, label: str) -> FoundChip:
        if code := self._codes.get(_fold(label)):
            return FoundChip(code, known=True)
        if (match := self._equals.fullmatch(label.strip())) and _PLAIN_VALUE.fullmatch(match["value"]):
            column, known = self._column(match["field"])
            if column and known:
                return FoundChip(f"{{% if recipient.{column} == '{match['value']}' %}}", known)
        if match := self._condition.fullmatch(label.strip()):
            column, known = self._column(match["field"])
            return FoundChip(f"{{% if recipient.{column} %}}" if column else "", known)
        column, known = self._column(label)
        return FoundChip(f"{{{{ recipient.{column} }}}}" if column else "", known)

    def nearest(self, label: str) -> str | None:
        """The label that is most like this one, None where none is."""
        by_fold = {_fold(known): known for known in self._labels.values()}
        found = difflib.get_close_matches(_fold(label), by_fold, n=1)
        return by_fold[found[0]] if found else None

    def _add(self, label: str, code: str) -> str:
        """Keep a chip under a label that no other has; the label."""
        plain = " ".join(re.sub(r"[(){}\\]", " ", label).split()) or "?"
        chosen, number = plain, 2
        while _fold(chosen) in self._codes and self._codes[_fold(chosen)] != code:
            chosen, number = f"{plain} {number}", number + 1
        self._labels[code] = chosen
        self._codes[_fold(chosen)] = code
        return chosen

    def _column_label(self, column: str) -> str:
        return self._labels.get(f"{{{{ recipient.{column} }}}}") or column

    def _column(self, label: str) -> tuple[str, bool]:
        """The column that a label names, "" where it can be none, and whether a roster has it."""
        if match := _PRINT.fullmatch(self._codes.get(_fold(label), "")):
            return match["column"], True
        name = "_".join(label.split())
        return (name, False) if re.fullmatch(r"[^\W\d]\w*", name) else ("", False)


def _fold(label: str) -> str:
    return " ".join(label.split()).casefold()


def _pattern(words: str, first: str, second: str) -> re.Pattern[str]:
    written = re.escape(words).replace(re.escape("{0}"), first).replace(re.escape("{1}"), second)
    return re.compile(written.replace(r"\ ", r"\s+"), re.IGNORECASE)
