"""The stand-ins for a test: a mail server, and SendGrid."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.providers import sendgridtrial
from tests.providers.mailtrial import Serve
from tests.standins.sendgrid import SendGridPlan, SendGridStandIn
from tests.standins.smtp import Plan, StandIn


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda **plan: stack.enter_context(StandIn(Plan(**plan), tmp_path))


@pytest.fixture
def serve_sendgrid(tmp_path: Path) -> Iterator[sendgridtrial.Serve]:
    with ExitStack() as stack:
        yield lambda **plan: stack.enter_context(SendGridStandIn(SendGridPlan(**plan), tmp_path))
