"""Uploaded files that wait for a word: whose they are, how they lie there, when they go."""

import os
import time
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.project.project import Project
from broadcaster.services.rosters import pending_uploads
from broadcaster.services.rosters.pending_uploads import PendingUploadGoneError
from broadcaster.services.sending import housekeeping

SECRET = b"name,email\nAda,ada@example.org\n"


def files(folder: Path) -> list[Path]:
    return sorted((folder / "var" / "held").iterdir())


def age(folder: Path) -> None:
    """Half an hour passes."""
    for path in files(folder):
        then = time.time() - pending_uploads.KEEP_SECONDS - 1
        os.utime(path, (then, then))


def refused(project: Project, owner: str, token: str) -> bool:
    try:
        pending_uploads.pop_pending(project, owner, token)
    except PendingUploadGoneError:
        return True
    return False


def test_a_file_is_there_once_and_for_its_owner_alone(folder: Path) -> None:
    with open_project(folder) as project:
        token = pending_uploads.keep_pending(project, "amina", SECRET)
        assert refused(project, "david", token)
        assert pending_uploads.pop_pending(project, "amina", token) == SECRET
        assert refused(project, "amina", token)
    assert files(folder) == []


def test_nobody_else_of_this_machine_can_read_it(folder: Path) -> None:
    with open_project(folder) as project:
        pending_uploads.keep_pending(project, "amina", SECRET)
    (path,) = files(folder)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert b"ada@" not in path.read_bytes()
    assert "amina" not in path.name


def test_a_later_one_takes_the_place_of_the_earlier(folder: Path) -> None:
    with open_project(folder) as project:
        first = pending_uploads.keep_pending(project, "amina", b"first")
        others = pending_uploads.keep_pending(project, "david", b"david's")
        second = pending_uploads.keep_pending(project, "amina", b"second")
        assert refused(project, "amina", first)
        assert pending_uploads.pop_pending(project, "amina", second) == b"second"
        pending_uploads.forget_pending(project, "david")
        assert refused(project, "david", others)


def test_it_goes_after_half_an_hour_whoever_looks(folder: Path) -> None:
    with open_project(folder) as project:
        token = pending_uploads.keep_pending(project, "amina", SECRET)
        age(folder)
        assert refused(project, "amina", token)
        pending_uploads.keep_pending(project, "amina", SECRET)
        age(folder)
        housekeeping.tidy(project)
    assert files(folder) == []


@pytest.mark.parametrize("token", ["", "../key", "a" * 32, "A" * 32, "a" * 31 + "/", "0" * 32 + "\n"])
def test_what_is_made_up_is_not_there(folder: Path, token: str) -> None:
    with open_project(folder) as project:
        assert refused(project, "amina", token)
        pending_uploads.keep_pending(project, "amina", SECRET)
        assert refused(project, "amina", token)


def test_one_that_was_altered_or_moved_is_not_given_out(folder: Path) -> None:
    with open_project(folder) as project:
        token = pending_uploads.keep_pending(project, "amina", SECRET)
        (path,) = files(folder)
        sealed = path.read_bytes()
        path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
        assert refused(project, "amina", token)
        mine = pending_uploads.keep_pending(project, "amina", SECRET)
        theirs = pending_uploads.keep_pending(project, "david", b"theirs")
        a, b = sorted(files(folder), key=lambda path: path.name.endswith(mine))
        b.write_bytes(a.read_bytes())
        assert refused(project, "amina", mine)
        assert pending_uploads.pop_pending(project, "david", theirs) == b"theirs"
