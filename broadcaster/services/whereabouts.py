"""Where in a letter's text a problem stands that knows its file and no line: rules look at finished parts, which have
none.
"""

import re

from broadcaster.domain.problems import Problem
from broadcaster.letters.phrases import fold

_QUOTED = re.compile(r"'([^']+)'|(#\w+)|\bleads to ([\w.-]+)")
_PARTS = {"subject": "subject", "body": "body", "text message": "sms", "text's": "sms", "email": "body"}
"""What messages call the parts of a letter, and their blocks."""


def line_of(problem: Problem, text: str) -> int | None:
    """The line of the text: the problem's own, else where the words stand that it names, else where the part begins
    that it names. None where it names nothing that is there.
    """
    lines = text.split("\n")
    if problem.line is not None:
        return problem.line if 1 <= problem.line <= len(lines) else None
    part = next((block for words, block in _PARTS.items() if f"the {words}" in problem.message), None)
    begins = _begin(lines, part) if part else None
    for match in _QUOTED.finditer(problem.message):
        named = fold(next(group for group in match.groups() if group))
        found = [number for number, line in enumerate(lines, 1) if named and named in fold(line)]
        if found:
            return next((number for number in found if number >= (begins or 1)), found[0])
    return begins


def _begin(lines: list[str], block: str) -> int | None:
    begin = re.compile(rf"{{%[-+]?\s*block\s+{block}\b")
    return next((number for number, line in enumerate(lines, 1) if begin.search(line)), None)
