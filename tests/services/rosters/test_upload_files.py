"""Files on their way in: sealed as they come, without a name, gone with the process."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.keys import SealBrokenError
from broadcaster.services.access import invitations
from broadcaster.services.access.invitations import LinkPurpose
from broadcaster.services.access.permissions import Actor
from broadcaster.services.rosters import upload_files
from broadcaster.services.rosters.importing import import_audience_roster
from broadcaster.web.desk.requests.cookies import csrf_token, session_cookie
from tests.cli.operations.test_serve import free_port, line_with
from tests.commandline import command, environment
from tests.projects import AUDIENCE, make_project

CANARY = b"Zenobia Quillfeather"
EDGE = "----edge"


@pytest.mark.parametrize(
    "size",
    [
        0,
        1,
        upload_files.PIECE_SIZE - 1,
        upload_files.PIECE_SIZE,
        upload_files.PIECE_SIZE + 1,
        3 * upload_files.PIECE_SIZE,
    ],
)
def test_what_is_read_is_what_came(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    with open_project(make_project(tmp_path / "project")) as project:
        upload = upload_files.new_upload(project)
        for start in range(0, size, 50_000):
            upload.write(content[start : start + 50_000])
        assert upload.size == size
        for _ in range(2):
            with upload.open() as stream:
                assert stream.read() == content
        upload.close()


def test_on_the_disk_it_is_sealed_for_itself_alone_and_has_no_name(tmp_path: Path) -> None:
    with open_project(make_project(tmp_path / "project")) as project:
        one, other = (upload_files.restore_upload(project, CANARY * upload_files.PIECE_SIZE) for _ in range(2))
        folder = project.root / "var" / "uploads"
        assert (folder.stat().st_mode & 0o777, list(folder.iterdir())) == (0o700, [])
        here, there = one._descriptor, other._descriptor
        written = os.pread(here, 100_000, 0)
        assert len(written) == 100_000
        assert CANARY not in written
        os.pwrite(there, written[: upload_files.PIECE_SIZE], 0)
        with pytest.raises(SealBrokenError):
            other.piece(0)
        assert one.piece(0).startswith(CANARY)


def test_what_stands_in_the_folder_is_swept(tmp_path: Path) -> None:
    with open_project(make_project(tmp_path / "project")) as project:
        upload = upload_files.restore_upload(project, b"x" * 100)
        (project.root / "var" / "uploads" / "left").write_bytes(b"left by another system")
        upload_files.remove_leftover_files(project)
        assert list((project.root / "var" / "uploads").iterdir()) == []
        with upload.open() as stream:
            assert stream.read() == b"x" * 100


def readable(*folders: Path) -> list[Path]:
    """Files below these folders in which the canary can be read."""
    found = []
    for path in (one for folder in folders for one in folder.rglob("*")):
        try:
            if path.is_file() and CANARY in path.read_bytes():
                found.append(path)
        except OSError:
            continue  # gone meanwhile
    return found


def test_kill_9_in_the_middle_of_uploads_leaves_nothing_to_read(tmp_path: Path) -> None:
    """One is still coming, another is being read."""
    port, temporary = free_port(), tmp_path / "tmp"
    temporary.mkdir()
    folder = make_project(tmp_path / "project", listen=f"127.0.0.1:{port}", public_url=None)
    with open_project(folder) as project:
        # Encrypted, so that the project itself has it nowhere in plain.
        import_audience_roster(project, AUDIENCE, folder / "audiences" / f"{AUDIENCE}.csv", encrypt=True)
        session = invitations.sign_in_with_link(
            project, invitations.create_invitation(project, "amina", Actor("tests", "", "", ""), LinkPurpose.ENTER)
        )
        token, cookie = csrf_token(project, session), f"{session_cookie(project)}={session}"
    rows = b"name,email,borough\n" + b"".join(b"%s,z%d@example.org,Ashmere\n" % (CANARY, n) for n in range(40_000))
    body = (
        f'--{EDGE}\r\ncontent-disposition: form-data; name="csrf"\r\n\r\n{token}\r\n'
        f'--{EDGE}\r\ncontent-disposition: form-data; name="roster"; filename="people.csv"\r\n\r\n'
    ).encode() + rows
    end = f"\r\n--{EDGE}--\r\n".encode()
    head = (
        f"POST /desk/audiences/{AUDIENCE}/roster HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncookie: {cookie}\r\n"
        f"content-type: multipart/form-data; boundary={EDGE}\r\ncontent-length: {len(body) + len(end)}\r\n\r\n"
    ).encode()
    served = subprocess.Popen(
        command(folder, "serve"), stderr=subprocess.PIPE, text=True, env=environment({"TMPDIR": str(temporary)})
    )
    try:
        line_with(served, "Answering")
        coming, whole = (socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(2))
        with coming, whole:
            coming.sendall(head + body)
            whole.sendall(head + body + end)
            begin = time.monotonic() + 60
            while not (folder / "var" / "uploads").exists() and time.monotonic() < begin:
                assert readable(temporary, folder) == []
            give_up = time.monotonic() + 0.5
            while time.monotonic() < give_up:
                assert readable(temporary, folder) == []
            served.send_signal(signal.SIGKILL)
            served.wait()
        assert readable(temporary, folder) == []
        assert list((folder / "var" / "uploads").iterdir()) == []
    finally:
        served.kill()
        served.communicate()
