"""The base classes of all errors. Each has a code to search for, a message and a remedy: what to do next.

Messages never carry a recipient's personal data: they end up on screens and in logs.
"""

from typing import ClassVar

from broadcaster.domain.problems import Problem


class BroadcasterError(Exception):
    """Something was refused or could not be done; `remedy` says what the reader can do about it.

    `file` and `line` (1-based) say where, when there is a where; `field` names the field of a form that it is about.
    """

    code: ClassVar[str] = "failed"
    default_remedy: ClassVar[str] = "Read the message; if it does not help, report it with its code."
    default_field: ClassVar[str] = ""

    def __init__(
        self,
        message: str,
        *,
        remedy: str | None = None,
        file: str | None = None,
        line: int | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy or self.default_remedy
        self.file = file
        self.line = line
        self.field = field or self.default_field

    def as_problem(self) -> Problem:
        """The same finding as a row of `check --json`."""
        return Problem.error(self.code, self.message, self.remedy, file=self.file, line=self.line)


class ProblemsFoundError(BroadcasterError):
    """One or more problems stand in the way; all of them are listed together."""

    code = "problems-found"
    default_remedy = "Mend what is listed and run the command again; `broadcaster check` shows everything at once."

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        count = len(problems)
        super().__init__(f"{count} problem{'' if count == 1 else 's'} found")
        self.problems = problems
