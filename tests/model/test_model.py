"""Commands, accidents and looks in any order: what was approved is accounted for, goes out once, and is missed by none."""

from hypothesis import HealthCheck, settings

from tests.model.machine import Model

TestModel = Model.TestCase
TestModel.settings = settings(
    max_examples=8,
    stateful_step_count=15,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
