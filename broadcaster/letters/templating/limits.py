"""Limits of a run of a letter. Use is counted before each step: a timer would come too late for one huge string."""

from broadcaster.letters.model.errors import LetterTooLargeError, LetterTooSlowError

MAX_STEPS = 200_000
"""Steps of one run: nodes of the syntax tree, and other work of less than a microsecond each. A letter of four pages
takes a few hundred.
"""

MAX_WRITTEN = 1_000_000
"""Characters that one run may write, values included. Text of a macro counts again at each level that passes it on."""

MAX_PART = 200_000
"""Characters of one finished part."""

MAX_STRING = 20_000
"""Characters of one value."""

MAX_ITEMS = 5_000
"""Items of one list."""

MAX_RANGE = 1_000
MAX_NUMBER = 10**15
MAX_DEPTH = 30
"""Levels of macro calls."""


STEPS_PER_CALL = 4
"""Steps charged for calling a macro, beside those of its body."""


class UsageMeter:
    """Counts the use of one run. Raises LetterTooSlowError and LetterTooLargeError at a limit."""

    __slots__ = ("depth", "steps", "written")

    def __init__(self) -> None:
        self.steps = 0
        self.written = 0
        self.depth = 0

    def tick(self, steps: int, written: int) -> None:
        """Charge for steps, and for characters of the letter's own text."""
        self.steps += steps
        self.written += written
        if self.steps > MAX_STEPS:
            raise LetterTooSlowError("writing this letter takes too many steps")
        if self.written > MAX_WRITTEN:
            raise LetterTooLargeError("this letter writes too much text")

    def enter(self) -> None:
        """Count one more level of calls."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LetterTooSlowError("the letter's macros call each other too deep, or without end")

    def leave(self) -> None:
        self.depth -= 1

    def charge_text(self, length: int, each: int = 64) -> None:
        """Charge for making a text of this length, a step for each `each` characters. Call it before."""
        if length > MAX_STRING:
            raise LetterTooLargeError(f"a value of {length:,} characters is too long")
        self.tick(1 + length // each, 0)

    def charge_value(self, length: int) -> None:
        """Charge for printing a value of this length; it counts at least as long as its sentinel. Call it before."""
        self.tick(1 + length // 64, max(length, 16))

    def charge_items(self, items: int) -> None:
        """Charge for making or iterating a list of this length. Call it before."""
        if items > MAX_ITEMS:
            raise LetterTooLargeError(f"a list of {items:,} items is too long")
        self.tick(1 + items // 4, 0)
