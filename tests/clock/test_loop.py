"""What the clock loop calls, and when for the first time."""

import threading

from broadcaster.clock.loop import ClockLoop


def test_all_are_called_at_once() -> None:
    """What was reported or left in doubt while nobody served is looked at when somebody does, not a minute later."""
    called = [threading.Event() for _ in range(3)]
    with ClockLoop(*(one.set for one in called)):
        assert [one.wait(60) for one in called] == [True, True, True]
