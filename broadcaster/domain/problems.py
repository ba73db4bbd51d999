"""Problems that checks find: code, place, message and remedy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Severity(StrEnum):
    """An error stops a release; a warning is shown and does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. The fields are the keys of `check --json`.

    `file` is relative to the project folder; `line` is 1-based, and for a roster the row as a spreadsheet numbers
    it (the header is row 1). `message` names a column, never the personal data in it.
    """

    code: str
    level: Severity
    file: str | None
    line: int | None
    message: str
    remedy: str

    @classmethod
    def error(
        cls, code: str, message: str, remedy: str, *, file: str | None = None, line: int | None = None
    ) -> "Problem":
        return cls(code, Severity.ERROR, file, line, message, remedy)

    @classmethod
    def warning(
        cls, code: str, message: str, remedy: str, *, file: str | None = None, line: int | None = None
    ) -> "Problem":
        return cls(code, Severity.WARNING, file, line, message, remedy)

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return f"{where}: {self.message}" if where else self.message


def merge_problems(found: Iterable[Problem]) -> list[tuple[Problem, str]]:
    """The problems in their order, those that differ in nothing but their line made one: with what is to be said of
    the other places, "" where there are none.

    A mistyped column is a problem of each row, and a list of it would bury everything else.
    """
    places: dict[Problem, list[Problem]] = {}
    for problem in found:
        places.setdefault(replace(problem, line=None), []).append(problem)
    return [(first, _elsewhere(first, others)) for first, *others in places.values()]


def _is_list(file: str) -> bool:
    """Whether this is a file of rows, and not of lines."""
    return ".csv" in file or file.lower().endswith((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".tsv", ".vcf"))


def _elsewhere(first: Problem, others: Sequence[Problem]) -> str:
    """All the other places, for each has to be mended; those that follow one another as one."""
    runs: list[list[int]] = []
    for line in sorted({one.line for one in others if one.line is not None}):
        if runs and line == runs[-1][-1] + 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    if not runs:
        return ""
    named = ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)
    what = "row" if _is_list(first.file or "") else "line"
    return f"The same on {what}{'s' * (runs[0][0] != runs[-1][-1])} {named}."
