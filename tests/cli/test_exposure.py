"""`check`, `send` and `serve` tell what others on this machine could change; a backup is nobody else's to read."""

import os
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.operations.test_serve import line_with, serving
from tests.commandline import CHECKOUT, Run
from tests.projects import CAMPAIGN


@pytest.mark.parametrize("path", ["config.yaml", "var", ""])
def test_what_all_may_write_is_warned_of(folder: Path, run: Run, path: str) -> None:
    (folder / path).chmod((folder / path).stat().st_mode | stat.S_IWOTH)
    said = run("check", "--json")
    found = [problem for problem in said.json["problems"] if problem["code"] == "writable-by-all"]
    assert [(one["level"], one["remedy"]) for one in found] == [("warning", f"chmod o-w {folder / path}".rstrip("/"))]
    assert run("send", CAMPAIGN, "--by", "david", "--yes").err.count("writable-by-all") == 1
    (folder / path).chmod((folder / path).stat().st_mode & ~stat.S_IWOTH)
    assert "writable-by-all" not in run("check").out


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be warned of being root")
def test_serve_warns_once_of_root_and_of_a_config_that_all_may_write(folder: Path) -> None:
    (folder / "config.yaml").chmod(0o666)
    with serving(folder) as served:
        assert "runs-as-root" in line_with(served, "Warning")
        assert "may write config.yaml" in line_with(served, "Warning")
        served.send_signal(signal.SIGTERM)
        _, rest = served.communicate(timeout=200)
    assert "Warning" not in rest


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="the documented way needs the sqlite3 program")
def test_a_backup_made_as_documented_is_whole_and_private(folder: Path, tmp_path: Path) -> None:
    (line,) = re.findall(r"^.*sqlite3 .*\.backup.*$", (CHECKOUT / "docs/running.md").read_text("utf-8"), re.M)
    kept = tmp_path / "backup"
    kept.mkdir()
    done = subprocess.run(["sh", "-c", f"umask 022; {line.replace('/backup/', f'{kept}/')}"], cwd=folder, check=False)
    assert done.returncode == 0
    (backup,) = kept.iterdir()
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
