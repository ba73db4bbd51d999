"""What can be wrong with one row: a code, the column, what is wrong and what to do. Never the value itself."""

from dataclasses import dataclass, field

from broadcaster.domain.problems import Level, Problem


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with a row; a warning leaves the row usable. `column` is empty where the whole row is meant.

    `proposal` is what perhaps should stand in the cell, where that can be told. It is personal, and no part of a
    problem: only those who see the row see it.
    """

    code: str
    column: str
    message: str
    remedy: str
    level: Level = Level.ERROR
    proposal: str | None = field(default=None, repr=False)

    def at(self, file: str, row: int | None) -> Problem:
        """The same as a problem of that roster; `row` is numbered as a spreadsheet does."""
        where = f"column {self.column}: " if self.column else ""
        return Problem(self.code, self.level, file, row, where + self.message, self.remedy)


class FlawError(Exception):
    """Raised while reading one cell; it never leaves this room."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.code)
        self.flaw = flaw
