"""Progress: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from broadcaster.cli import show
from broadcaster.domain.states import OPEN_STATES
from broadcaster.services import status
from broadcaster.services.project import ProjectView
from broadcaster.services.status import Broadcast

EVERY = 5.0
"""Seconds between two plain lines: a log should tell that it goes on, and no more."""


@contextmanager
def progress(project: ProjectView, broadcast: Broadcast, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Show how a broadcast gets on; yields what is to be told the size of each batch."""
    deliveries = status.standing(project, broadcast).deliveries
    total = sum(deliveries.values())
    done = total - sum(deliveries.get(state.value, 0) for state in OPEN_STATES)
    if quiet or done == total:
        yield lambda _: None
    elif sys.stderr.isatty():
        with Progress(
            TextColumn(broadcast.campaign), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=show.err
        ) as bar:
            task = bar.add_task("", total=total, completed=done)
            yield lambda count: bar.advance(task, count)
    else:
        lines = _Lines(broadcast.campaign, total, done)
        yield lines.advance
        lines.end()


class _Lines:
    """A line every few seconds, and one at the end."""

    def __init__(self, campaign: str, total: int, done: int) -> None:
        self._campaign, self._total, self._done = campaign, total, done
        self._told = time.monotonic()

    def advance(self, count: int) -> None:
        self._done += count
        if time.monotonic() - self._told >= EVERY:
            self._told = time.monotonic()
            self.end()

    def end(self) -> None:
        show.note(f"{self._campaign}: {self._done:,} of {self._total:,} handed over")
