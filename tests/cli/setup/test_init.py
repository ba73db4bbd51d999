import subprocess
from pathlib import Path

import pytest

from tests.commandline import Run, command, environment, process, runner


@pytest.fixture
def new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in an empty folder."""
    return runner(tmp_path, monkeypatch, capsys)


def test_init_says_what_it_made_and_what_comes_next(new: Run, tmp_path: Path) -> None:
    said = new("init", "letters")
    assert said.code == 0
    assert "var/key" in said.out and "templates/ (" in said.out and "broadcaster check" in said.out
    again = new("init", "letters")
    assert (again.code, "Everything was there already" in again.out) == (0, True)
    (tmp_path / "letters" / "config.yaml").unlink()
    third = new("init", "letters")
    assert "Made in" in third.out and "config.yaml" in third.out and "Left as they were" in third.out


def test_a_fresh_project_checks_and_plans(new: Run, tmp_path: Path) -> None:
    assert process(tmp_path, "init").code == 0
    assert new("check", "--json").json == {"problems": []}
    plan = new("plan", "reassurance", "--json").json
    assert plan["recipients"] >= 80
    assert plan["problems"] == []


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/nowhere/at-all", "x" * 300])
def test_a_folder_that_cannot_be_made(new: Run, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    said = new("init", place)
    assert said.code == 1
    assert "folder-refused" in said.err and "Traceback" not in said.err


def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    target = tmp_path / "full"
    target.mkdir()
    # Root may write everywhere, but not files larger than this.
    limited = ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh"]
    said = process_with(limited, tmp_path, "init", "full")
    assert said.returncode == 1
    assert "folder-refused" in said.stderr and "Traceback" not in said.stderr
    assert all(path.stat().st_size for path in target.rglob("*") if path.is_file())


def process_with(prefix: list[str], folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command under another one that limits it."""
    return subprocess.run(
        [*prefix, *command(folder, *words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        env=environment({}),
    )
