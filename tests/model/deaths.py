"""Deaths within one process: at a chosen statement, commit or message it ends, and nothing it would still do is done.

A real kill leaves no handler running. So once a death has struck, every further statement and message fails as well,
until `revive`: what an `except` or `finally` would mend is not mended, and an open transaction is rolled back, as the
database does by itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event

from broadcaster.ledger import Ledger


class Death(BaseException):
    """The process is gone. No `except Exception` of ours hears of it."""


STATEMENT, COMMIT, COMMITTED, OFFERED, TAKEN = "statement", "commit", "committed", "offered", "taken"
SEAMS = (STATEMENT, COMMIT, COMMITTED, OFFERED, TAKEN)
"""Before a statement, before a commit, after it; before the provider has a message, and after, unanswered."""


@dataclass(frozen=True)
class Moment:
    """The `at`-th time (from 1) that a seam is passed."""

    seam: str
    at: int

    def __repr__(self) -> str:
        return f"Moment({self.seam!r}, {self.at})"


class Reaper:
    """Counts what happens in this process and ends it at the moment that was chosen, or lets something happen then."""

    def __init__(self) -> None:
        self.dead = False
        self.deaths = 0
        self.statements = 0
        self.commits = 0
        self._moment: Moment | None = None
        self._left = 0
        self._then: Callable[[], object] | None = None
        self._asleep = False

    def arm(self, moment: Moment | None, then: Callable[[], object] | None = None) -> None:
        """Die at the moment; with `then`, do that instead and live on."""
        self._moment, self._then = moment, then
        self._left = moment.at if moment else 0

    def revive(self) -> bool:
        """Disarm, and be another process; whether the one before had died."""
        died, self.dead, self._moment = self.dead, False, None
        return died

    def reach(self, seam: str) -> None:
        """Something happens now. Raises Death."""
        if self._asleep:
            return
        if self.dead:
            raise Death
        self.statements += seam == STATEMENT
        self.commits += seam == COMMITTED
        if self._moment is None or self._moment.seam != seam:
            return
        self._left -= 1
        if self._left == 0:
            self._moment = None
            if self._then is None:
                self.dead = True
                self.deaths += 1
                raise Death
            with self.asleep():
                self._then()

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """For the length of the block others act, who are not to die."""
        before, self._asleep = self._asleep, True
        try:
            yield
        finally:
            self._asleep = before

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Listen to every ledger that is opened, for the length of the block."""

        def statement(*_: Any) -> None:
            self.reach(STATEMENT)

        def commit(*_: Any) -> None:
            self.reach(COMMIT)

        real = Ledger.writing

        @contextmanager
        def writing(ledger: Ledger) -> Iterator[Any]:
            with real(ledger) as conn:
                yield conn
            self.reach(COMMITTED)

        event.listen(Engine, "before_cursor_execute", statement)
        event.listen(Engine, "commit", commit)
        Ledger.writing = writing  # type: ignore[method-assign,assignment]  # put back below
        try:
            yield
        finally:
            Ledger.writing = real  # type: ignore[method-assign]
            event.remove(Engine, "commit", commit)
            event.remove(Engine, "before_cursor_execute", statement)
