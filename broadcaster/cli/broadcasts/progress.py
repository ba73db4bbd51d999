"""Progress: a bar on a terminal, plain lines elsewhere. What is told is what the ledger counts, for a batch that was
seen through need not have been taken by anybody.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from broadcaster.cli.common import labels, output
from broadcaster.services.project.project import ProjectView
from broadcaster.services.reporting.broadcast_status import Broadcast
from broadcaster.services.reporting.progress import DeliveryCounts, count_deliveries

LINE_SECONDS = 5.0
"""Seconds between two plain lines: a log should tell that it goes on, and no more."""

BAR_SECONDS = 0.25
"""Seconds between two looks for a bar."""


@contextmanager
def show_progress(view: ProjectView, broadcast: Broadcast, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Show how a broadcast gets on; yields what is to be called after each batch, with its size."""
    first = count_deliveries(view, broadcast)
    if quiet or first.settled == first.whole:
        yield lambda _: None
    elif sys.stderr.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, console=output.open_console(stderr=True)) as bar:
            task = bar.add_task(escape(_progress_line(broadcast, first)), total=first.whole, completed=first.settled)

            def draw(found: DeliveryCounts) -> None:
                bar.update(task, completed=found.settled, description=escape(_progress_line(broadcast, found)))

            yield _ProgressReporter(view, broadcast, BAR_SECONDS, draw).after_batch
            draw(count_deliveries(view, broadcast))
    else:
        yield _ProgressReporter(
            view, broadcast, LINE_SECONDS, lambda found: output.print_note(_progress_line(broadcast, found))
        ).after_batch
        output.print_note(_progress_line(broadcast, count_deliveries(view, broadcast)))


class _ProgressReporter:
    """Looks how far a broadcast is, every so often. Several threads send at once, and one of them looks."""

    def __init__(
        self, view: ProjectView, broadcast: Broadcast, every: float, tell: Callable[[DeliveryCounts], None]
    ) -> None:
        self._view, self._broadcast, self._every, self._tell = view, broadcast, every, tell
        self._looked = time.monotonic()
        self._turn = Lock()

    def after_batch(self, _: int) -> None:
        if not self._turn.acquire(blocking=False):
            return
        try:
            if time.monotonic() - self._looked >= self._every:
                self._looked = time.monotonic()
                self._tell(count_deliveries(self._view, self._broadcast))
        finally:
            self._turn.release()


def _progress_line(broadcast: Broadcast, found: DeliveryCounts) -> str:
    """ "hello: 4 of 300 handed over; 290 refused, 6 waiting" """
    others = f"; {labels.format_counts(found.others, labels.NOT_HANDED_OVER)}" if found.others else ""
    return f"{broadcast.campaign}: {found.handed_over:,} of {found.whole:,} handed over{others}"
