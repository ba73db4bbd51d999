"""config.yaml, read again by whoever asks after it has changed: nobody goes by what it said before."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from broadcaster.bootstrap import wiring
from broadcaster.bootstrap.ledger_only import load_project_settings
from broadcaster.bootstrap.wiring import _CurrentProject, open_project
from broadcaster.engine import WakeSignal
from tests.projects import make_project


def write(folder: Path, role: str) -> None:
    """Give david another role, as the desk does: with a new file in the place of the old one."""
    config = folder / "config.yaml"
    text = config.read_text("utf-8")
    before, _, after = text.partition("  david:\n")
    new = folder / "config.new"
    new.write_text(f"{before}  david:\n{after.replace('role: approver', f'role: {role}', 1)}", "utf-8")
    new.replace(config)


def test_nobody_goes_by_old_rights_while_new_ones_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_project(tmp_path / "project")
    reading = threading.Event()

    def slowly(root: Path) -> object:
        reading.set()
        time.sleep(0.3)
        return load_project_settings(root)

    with open_project(folder) as project, ThreadPoolExecutor(2) as pool:
        current = _CurrentProject(project, WakeSignal())
        assert current.project().settings.people["david"].role == "approver"
        write(folder, "viewer")
        monkeypatch.setattr(wiring, "load_project_settings", slowly)
        first = pool.submit(current.project)
        assert reading.wait(60)
        second = pool.submit(current.project)
        assert [one.result(60).settings.people["david"].role for one in (first, second)] == ["viewer", "viewer"]


def test_two_changes_within_one_tick_of_the_clock_are_two(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project")
    with open_project(folder) as project:
        current, at = _CurrentProject(project, WakeSignal()), (folder / "config.yaml").stat().st_mtime_ns
        current.project()
        write(folder, "viewer")
        os.utime(folder / "config.yaml", ns=(at, at))
        assert current.project().settings.people["david"].role == "viewer"


def test_what_could_not_be_read_is_read_at_the_next_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_project(tmp_path / "project")

    def fails(_: Path) -> object:
        raise OSError("for a moment")

    with open_project(folder) as project:
        current = _CurrentProject(project, WakeSignal())
        current.project()
        write(folder, "viewer")
        with monkeypatch.context() as patch:
            patch.setattr(wiring, "load_project_settings", fails)
            with pytest.raises(OSError, match="moment"):
                current.project()
        assert current.project().settings.people["david"].role == "viewer"


def test_what_is_wrong_is_kept_until_it_is_mended(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project")
    config = folder / "config.yaml"
    good = config.read_text("utf-8")
    unready = "email: smtp\n  smtp: {host: 127.0.0.1, username_env: NOT_SET_HERE, password_env: NOT_SET_HERE}"
    with open_project(folder) as project:
        current = _CurrentProject(project, WakeSignal())
        for text, code in (
            (good.replace("role: approver", "role: emperor"), "wrong-value"),
            (good + "nonsense: 1\n", "unknown-key"),
            (good.replace("email: outbox", unready), "secret-missing"),
        ):
            config.write_text(text, "utf-8")
            found = current.project()
            assert code in {one.code for one in found.config_problems}
            assert found.settings == project.settings
        config.write_text(good, "utf-8")
        assert current.project().config_problems == ()
