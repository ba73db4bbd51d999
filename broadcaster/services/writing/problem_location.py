"""Where in a letter's text a problem stands that knows its file and no line: rules look at finished parts, which have
none.
"""

import re
from functools import cached_property

from broadcaster.domain.problems import Problem
from broadcaster.letters.rules.phrases import fold_text

_QUOTED = re.compile(r"'([^']+)'|(#\w+)|\bleads to ([\w.-]+)")
_BLOCK_BY_PART = {
    "subject": "subject",
    "preheader": "preheader",
    "body": "body",
    "text message": "sms",
    "text's": "sms",
    "email": "body",
}
"""What messages call the parts of a letter, and their blocks."""


class ProblemLocator:
    """The lines of a text, to be asked for problems."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")

    def line_of(self, problem: Problem) -> int | None:
        """The line: the problem's own, else where the words stand that it names, else where the part begins that it
        names. None where it names nothing that is there.
        """
        if problem.line is not None:
            return problem.line if 1 <= problem.line <= len(self._lines) else None
        part = next((block for words, block in _BLOCK_BY_PART.items() if f"the {words}" in problem.message), None)
        begins = self._begin(part) if part else None
        for match in _QUOTED.finditer(problem.message):
            named = fold_text(next(group for group in match.groups() if group))
            found = [number for number, line in enumerate(self._folded, 1) if named and named in line]
            if found:
                return next((number for number in found if number >= (begins or 1)), found[0])
        return begins

    def line_text(self, line: int) -> str:
        """What stands on a line."""
        return self._lines[line - 1]

    @cached_property
    def _folded(self) -> list[str]:
        return [fold_text(line) for line in self._lines]

    def _begin(self, block: str) -> int | None:
        begin = re.compile(rf"{{%[-+]?\s*block\s+{block}\b")
        return next((number for number, line in enumerate(self._lines, 1) if begin.search(line)), None)
