"""Errors of rows: a code, the column, a message and a remedy, and never the value itself."""

from dataclasses import dataclass, field

from broadcaster.domain.problems import Problem, Severity

ACCEPTABLE_CODES = frozenset({"email-several", "email-remark", "phone-several", "phone-remark", "language-doubtful"})
"""Codes of errors whose likely reading may be accepted for all rows at once: each of them has one. Numbers of other
countries are accepted country by country, with the codes of their `AcceptableReading`s.
"""


@dataclass(frozen=True, slots=True)
class AcceptableReading:
    """How a flaw's cell may be meant: `value`, which is personal, is taken where somebody accepts `code`; `reading`
    tells of it without telling it, and `message` what is the matter with all rows that can be read so.
    """

    code: str
    value: str = field(repr=False)
    reading: str
    message: str


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with a row; a warning leaves the row usable. `column` is empty where the whole row is meant.

    `likely` is the value that is meant, "" where nobody can say; `reading` tells of it without telling it ("with its
    first 0"). A warning's is taken, an error's where somebody accepts it. `proposal` is what perhaps should stand in
    the cell, and is never taken. Both are personal and no part of a problem: only those who see the row see them.
    `others` are ways to read it that have codes of their own, for there may be several of them.
    """

    code: str
    column: str
    message: str
    remedy: str
    level: Severity = Severity.ERROR
    likely: str = field(default="", repr=False, kw_only=True)
    reading: str = field(default="", kw_only=True)
    proposal: str | None = field(default=None, repr=False)
    other_readings: tuple[AcceptableReading, ...] = field(default=(), repr=False, kw_only=True)

    @property
    def readings(self) -> tuple[AcceptableReading, ...]:
        """The reading that a person may accept for all such rows."""
        if self.likely and self.code in ACCEPTABLE_CODES:
            return (AcceptableReading(self.code, self.likely, self.reading, self.message), *self.other_readings)
        return self.other_readings

    def at(self, file: str, row: int | None) -> Problem:
        """The same as a problem of that roster; `row` is numbered as a spreadsheet does."""
        where = f"column {self.column}: " if self.column else ""
        remedy = self.remedy
        for way in self.readings:
            remedy += f" Or import the list with  --accept {way.code}  to read each like it {way.reading}."
        return Problem(self.code, self.level, file, row, where + self.message, remedy)


class FlawError(Exception):
    """Raised while reading one cell; it never leaves this room."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.code)
        self.flaw = flaw
