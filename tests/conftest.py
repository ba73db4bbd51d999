"""What holds for all tests: no property is judged by how long one example takes, for machines are busy."""

import pytest
from hypothesis import settings

settings.register_profile("ours", deadline=None)
settings.load_profile("ours")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the long tests counted, also when they ran in other processes."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, said in report.user_properties:
            terminalreporter.write_line(f"{report.nodeid.partition('::')[2]}: {name}: {said}")
