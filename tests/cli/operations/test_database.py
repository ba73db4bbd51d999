"""Upgrading a ledger: by `database upgrade` and by whatever changes something, never under a living older process."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from broadcaster.bootstrap.ledger_only import open_view
from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.ledger.schema_revisions import NEWEST_REVISION
from broadcaster.services.reporting import broadcast_status
from tests.commandline import Run, runner
from tests.ledger.aging import age
from tests.ledger.conftest import server
from tests.projects import make_project

__all__ = ["server"]  # the same PostgreSQL that the ledger's own tests use

SUPPRESS = ("suppress", "add", "x@example.org", "--by", "wenmei", "--reason", "asked")


def make_older(folder: Path) -> None:
    """As an earlier version left it."""
    with open_project(folder) as project, project.ledger.writing() as conn:
        age(conn, "0004")


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "var").glob("broadcaster.db*") if path.is_file()}


def test_upgrade_says_what_it_did(folder: Path, run: Run) -> None:
    make_older(folder)
    said = run("database", "upgrade")
    copy = folder / "var" / f"broadcaster.db.before-{NEWEST_REVISION}"
    assert said.code == 0
    assert f"Upgraded from revision 0004 to {NEWEST_REVISION}." in said.out
    assert str(copy) in said.out
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert "Nothing to do" in run("database", "upgrade").out


def test_looking_names_an_older_ledger_and_whatever_changes_something_upgrades_it(folder: Path, run: Run) -> None:
    make_older(folder)
    before = files(folder)
    looked = run("status")
    assert (looked.code, "ledger-older" in looked.err, "broadcaster database upgrade" in looked.err) == (1, True, True)
    assert files(folder) == before
    assert run(*SUPPRESS).code == 0
    assert (folder / "var" / f"broadcaster.db.before-{NEWEST_REVISION}").exists()
    assert run("status").code == 0


def test_while_an_older_process_lives_it_is_refused_and_named(folder: Path, run: Run) -> None:
    with open_project(folder) as project, registered_runner(project):
        with project.ledger.writing() as conn:
            age(conn, "0004")
        for words in (("database", "upgrade"), SUPPRESS, ("serve",)):
            said = run(*words)
            assert said.code == 1, words
            assert "(ledger-in-use)" in said.err
            assert f"process {os.getpid()} on " in said.err
    assert run("database", "upgrade").code == 0


def test_on_postgresql_a_backup_is_asked_for(
    tmp_path: Path,
    server: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = make_project(tmp_path / "project", database=server(""))
    make_older(folder)
    run = runner(folder, monkeypatch, capsys)
    for words in (("serve",), SUPPRESS, ("database", "upgrade")):
        refused = run(*words)
        assert refused.code == 1
        assert "(ledger-backup-needed)" in refused.err
        assert "broadcaster database upgrade --backup-made" in refused.err
    done = run("database", "upgrade", "--backup-made")
    assert (done.code, f"Upgraded from revision 0004 to {NEWEST_REVISION}." in done.out) == (0, True)
    assert "lies in" not in done.out
    with open_view(folder) as view:
        assert broadcast_status.list_broadcast_statuses(view) == []
