"""A file that comes in through the desk, and the terms on which it is taken."""

from pathlib import Path

import pytest

from broadcaster.audiences.importing.import_export import ImportResult
from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.project.project import Project
from broadcaster.services.rosters import roster_upload, upload_files
from broadcaster.services.rosters.roster_upload import NoFileError, UploadRefusal, UploadSender, UploadTerms
from tests.projects import AUDIENCE, person, write_roster
from tests.services.stage import ROSTER

HEADER = "name,email,borough\n"


def listed(*numbers: int) -> bytes:
    rows = [f"Person {number},person{number}@example.org,Ashmere\n" for number in numbers]
    return (HEADER + "".join(rows)).encode()


def send(project: Project, content: bytes) -> ImportResult | UploadRefusal:
    return roster_upload.import_upload(
        project, AUDIENCE, upload_files.restore_upload(project, content), sender(project)
    )


def sender(project: Project) -> UploadSender:
    return UploadSender(command_line_actor(project.settings, "amina", Permission.KEEP_AUDIENCE), "a session")


@pytest.mark.parametrize(
    ("there", "comes", "is_asked"),
    [
        (30, range(30), False),
        (30, range(15, 45), False),
        (30, range(16, 46), True),
        (30, range(29, 30), True),
        (9, range(50, 51), False),
        (10, range(50, 51), True),
        (0, range(5), False),
    ],
)
def test_one_is_asked_when_most_people_would_go(folder: Path, there: int, comes: range, is_asked: bool) -> None:
    write_roster(folder, [person(number) for number in range(there)])
    before = (folder / ROSTER).read_bytes()
    with open_project(folder) as project:
        done = send(project, listed(*comes))
        assert isinstance(done, UploadRefusal) is is_asked
        if isinstance(done, UploadRefusal):
            assert done.changes is not None
            assert (folder / ROSTER).read_bytes() == before
            done = roster_upload.retry_import(project, AUDIENCE, done.token, UploadTerms(sure=True), sender(project))
    assert isinstance(done, ImportResult)
    assert done.rows == len(comes)


def test_terms_that_are_not_enough_are_told_again(folder: Path) -> None:
    with open_project(folder) as project:
        refusal = send(project, listed(1) + b"Slip,slip,Ashmere\n")
        assert isinstance(refusal, UploadRefusal)
        again = roster_upload.retry_import(project, AUDIENCE, refusal.token, UploadTerms(sure=True), sender(project))
        assert isinstance(again, UploadRefusal)
        assert (again.bad, [one.row for one in again.rows]) == (1, [3])
        assert again.token != refusal.token


def test_rows_are_counted_beyond_those_that_are_shown(folder: Path) -> None:
    bad = "".join(f"Slip,slip{number},Ashmere\n" for number in range(1_500)).encode()
    with open_project(folder) as project:
        refusal = send(project, listed(1) + bad)
    assert isinstance(refusal, UploadRefusal)
    assert (refusal.bad, len(refusal.rows)) == (1_500, roster_upload.ROWS_SHOWN)


def test_nothing_is_no_file(folder: Path) -> None:
    with open_project(folder) as project, pytest.raises(NoFileError):
        send(project, b"")
