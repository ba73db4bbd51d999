"""What a keeper calls, and when for the first time."""

import threading

from broadcaster.clock.keeper import Keeper


def test_both_are_called_at_once() -> None:
    """What was reported or left in doubt while nobody served is looked at when somebody does, not a minute later."""
    looked, tidied = threading.Event(), threading.Event()
    with Keeper(looked.set, tidied.set):
        assert looked.wait(10)
        assert tidied.wait(10)
