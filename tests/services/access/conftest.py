"""A project in which nobody has signed in yet."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.project.project import Project
from tests.cheap_passwords import cheap_passwords
from tests.projects import make_project

__all__ = ["cheap_passwords"]  # autouse: these tests are about who signs in, not about the hash


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with open_project(make_project(tmp_path / "project")) as project:
        yield project
