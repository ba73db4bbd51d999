"""Commands, accidents and looks in any order: all that was approved is accounted for, and everybody gets it once.

    MODEL_SECONDS=3600 scripts/test -m long tests/model

lets each of the long tests of this folder run for that many seconds; what they counted is printed at the end. A fault
is told by the name of what does not hold, with the shortest history that leads to it.
"""

import os
import time
from collections import Counter
from collections.abc import Callable
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Model

SECONDS = int(os.environ.get("MODEL_SECONDS", "120"))
"""How long each of the long tests of this folder goes on."""

Record = Callable[[str, object], None]
"""What it is told is printed at the end (see conftest.py)."""

_PLAIN = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))

TestModel = Model.TestCase
TestModel.settings = settings(
    _PLAIN, max_examples=10, stateful_step_count=10, derandomize=True, phases=[Phase.generate]
)
"""The same examples each time, and no shrinking, which takes minutes: a history of ten steps can be read."""


@pytest.mark.long
@pytest.mark.timeout(SECONDS + 1800)
def test_for_as_long_as_wanted(record_property: Record) -> None:
    class Counting(Model):
        counted: ClassVar[Counter[str]] = Counter()

    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        run_state_machine_as_test(Counting, settings=settings(_PLAIN, max_examples=50, stateful_step_count=25))
    record_property("counted", f"{dict(Counting.counted)} in {SECONDS} seconds")
