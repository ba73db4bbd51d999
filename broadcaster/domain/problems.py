"""What `check` and its kin find: a code, where, what, and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
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
    level: Level
    file: str | None
    line: int | None
    message: str
    remedy: str

    @classmethod
    def error(
        cls, code: str, message: str, remedy: str, *, file: str | None = None, line: int | None = None
    ) -> "Problem":
        return cls(code, Level.ERROR, file, line, message, remedy)

    @classmethod
    def warning(
        cls, code: str, message: str, remedy: str, *, file: str | None = None, line: int | None = None
    ) -> "Problem":
        return cls(code, Level.WARNING, file, line, message, remedy)

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return f"{where}: {self.message}" if where else self.message
