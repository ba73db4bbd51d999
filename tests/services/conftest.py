"""Each test has a project folder of its own, copied from one that is made once."""

import shutil
from pathlib import Path

import pytest

from tests.commandline import Run, runner
from tests.services import stage


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project that is copied; nobody changes it."""
    return stage.found(tmp_path_factory.mktemp("founded") / "project")


@pytest.fixture
def folder(founded: Path, tmp_path: Path) -> Path:
    """A project to work in; its campaign's time is five minutes past."""
    return stage.timed(Path(shutil.copytree(founded, tmp_path / "project")))


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in the project."""
    return runner(folder, monkeypatch, capsys)
