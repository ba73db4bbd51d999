"""How much a letter may do. Counted while it runs, for a timer alone comes too late for one huge string."""

from broadcaster.letters.model.errors import LetterTooLargeError, LetterTooSlowError

MAX_STEPS = 200_000
"""Nodes of the syntax tree that one run may pass, of which each takes less than a microsecond, as does whatever else
counts as a step; a letter of four pages passes a few hundred.
"""

MAX_WRITTEN = 1_000_000
"""Characters that one run may write, with the values that it prints; text inside macros is counted once more at each
level that passes it on.
"""

MAX_PART = 200_000
"""Characters of one finished part."""

MAX_STRING = 20_000
"""Characters of one value."""

MAX_ITEMS = 5_000
"""Items of one list."""

MAX_RANGE = 1_000
MAX_NUMBER = 10**15
MAX_DEPTH = 30
"""How deep macros may call each other."""


STEPS_PER_CALL = 4
"""Steps that calling a macro takes, besides what stands in it."""


class UsageMeter:
    """What one run has used up. Raises LetterTooSlowError and LetterTooLargeError."""

    __slots__ = ("depth", "steps", "written")

    def __init__(self) -> None:
        self.steps = 0
        self.written = 0
        self.depth = 0

    def tick(self, steps: int, written: int) -> None:
        """Pass some nodes of the tree and write some of the letter's own text."""
        self.steps += steps
        self.written += written
        if self.steps > MAX_STEPS:
            raise LetterTooSlowError("writing this letter takes too many steps")
        if self.written > MAX_WRITTEN:
            raise LetterTooLargeError("this letter writes too much text")

    def enter(self) -> None:
        """Go one call deeper."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LetterTooSlowError("the letter's macros call each other too deep, or without end")

    def leave(self) -> None:
        self.depth -= 1

    def charge_text(self, length: int, each: int = 64) -> None:
        """Before a text of this length is made, of which a step makes `each` characters."""
        if length > MAX_STRING:
            raise LetterTooLargeError(f"a value of {length:,} characters is too long")
        self.tick(1 + length // each, 0)

    def charge_value(self, length: int) -> None:
        """Before a value of this length is printed. The shortest is as long as the sentinel that marks its place."""
        self.tick(1 + length // 64, max(length, 16))

    def charge_items(self, items: int) -> None:
        """Before a list of this length is made or walked."""
        if items > MAX_ITEMS:
            raise LetterTooLargeError(f"a list of {items:,} items is too long")
        self.tick(1 + items // 4, 0)
