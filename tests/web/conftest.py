"""A project whose letters have gone out, and the door and the hooks open on loopback."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from broadcaster.bootstrap.ledger_only import load_project_settings
from broadcaster.bootstrap.wiring import open_project
from broadcaster.config.field_types.scalars import ListenAddress
from broadcaster.services.project.project import Project
from broadcaster.web import serve_web
from tests.web import stage
from tests.web.browsing import Client
from tests.web.signing import SignedHook


@dataclass(frozen=True)
class House:
    """A project, open, and a client of its door."""

    project: Project
    client: Client

    @property
    def folder(self) -> Path:
        return self.project.root


@pytest.fixture(scope="session")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project that is copied; nobody changes it."""
    return stage.found(tmp_path_factory.mktemp("sent") / "project")


@pytest.fixture
def folder(sent: Path, tmp_path: Path) -> Path:
    """A project to work in; its letters lie in the outbox."""
    return Path(shutil.copytree(sent, tmp_path / "project"))


@contextmanager
def opened(folder: Path, read_by: Callable[[Project], Callable[[], Project]] | None = None) -> Iterator[House]:
    """The project in `folder`, answering on loopback; hooks: `signed`, and one of who sent the letters. `read_by` makes
    what reads config.yaml anew.
    """
    with open_project(folder) as plain:
        project = replace(plain, hooks={"signed": SignedHook(), "outbox": SignedHook()})
        ended = threading.Event()

        def anew() -> Project:
            return replace(project, settings=load_project_settings(folder))

        current = read_by(project) if read_by else anew
        with serve_web(project, ListenAddress("127.0.0.1", 0), ended.set, current) as address:
            yield House(project, Client(address))
        assert not ended.is_set()


@pytest.fixture
def house(folder: Path) -> Iterator[House]:
    """The project, answering."""
    with opened(folder) as house:
        yield house
