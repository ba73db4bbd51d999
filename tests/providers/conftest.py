"""A stand-in mail server for a test, and how its ledger is compared with our receipts."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.providers.mailtrial import Serve
from tests.standins.smtp import Plan, StandIn


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda **plan: stack.enter_context(StandIn(Plan(**plan), tmp_path))
