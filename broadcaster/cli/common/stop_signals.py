"""How a command that sends is told to stop."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from broadcaster.engine import WakeSignal


@contextmanager
def stop_on_signals() -> Iterator[WakeSignal]:
    """A bell that SIGTERM and Ctrl-C ring: what is in flight ends, the rest stays queued."""
    bell = WakeSignal()
    before = {number: signal.signal(number, lambda *_: bell.stop()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield bell
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
