"""`serve` with `listen`: as a process of its own, from the outside."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from broadcaster.bootstrap.wiring import check_project_folder, open_project
from broadcaster.cli.setup.demo import DEMO_PORT
from broadcaster.services.reporting.agenda import agenda_for
from broadcaster.services.setup.new_project import DEMO_FOLLOW_UP
from tests.commandline import command, environment, process
from tests.projects import make_project, write_settings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    served = subprocess.Popen(
        command(folder, *(words or ("serve",))),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment({}),
    )
    try:
        yield served
    finally:
        if served.poll() is None:
            served.kill()
        served.communicate()


def line_with(served: subprocess.Popen[str], words: str) -> str:
    """The first line on stderr that has these words; fails when the process ends before."""
    assert served.stderr is not None
    for line in served.stderr:
        if words in line:
            return line
    raise AssertionError(f"it never said {words!r}")


def status(port: int, path: str = "/") -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=200)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_it_says_where_it_answers_and_ends_quickly_on_sigterm(tmp_path: Path) -> None:
    port = free_port()
    folder = make_project(tmp_path / "project", listen=f"127.0.0.1:{port}")
    with serving(folder) as served:
        said = line_with(served, "Answering")
        assert f"http://127.0.0.1:{port} for https://letters.example.org" in said
        assert status(port) == 200
        idle = socket.create_connection(("127.0.0.1", port))  # somebody who stays must not hold up the end
        began = time.monotonic()
        served.send_signal(signal.SIGTERM)
        _, err = served.communicate(timeout=200)
        assert served.returncode == 0
        assert "Stopped." in err
        assert "Traceback" not in err
        assert time.monotonic() - began < 60
        idle.close()


STOPPED_AT = """\
import os, signal, sys
from importlib.abc import MetaPathFinder

class Stop(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == module:
            os.kill(os.getpid(), int(number))

module, number = sys.argv[1:3]
sys.argv[1:3] = []
sys.meta_path.insert(0, Stop())
from broadcaster.cli import main
main()
"""
"""A command that is stopped when it begins to load a module."""


@pytest.mark.parametrize(
    ("words", "number", "module"),
    [
        (("serve",), signal.SIGTERM, "sqlalchemy"),
        (("serve",), signal.SIGINT, "alembic"),
        (("demo", "--serve"), signal.SIGINT, "broadcaster.cli.commands"),
        (("demo", "--serve"), signal.SIGTERM, "broadcaster.web"),
    ],
    ids=["serve, loading", "serve, making the ledger", "demo, loading", "demo, before everything is sent"],
)
def test_stopped_at_any_moment_it_ends_well(
    tmp_path: Path, words: tuple[str, ...], number: signal.Signals, module: str
) -> None:
    folder = make_project(tmp_path / "project")
    (folder / "var" / "broadcaster.db").unlink()  # it is made as the command starts
    typed = [sys.executable, "-c", STOPPED_AT, module, str(int(number)), "-C", str(folder), *words]
    said = subprocess.run(typed, capture_output=True, text=True, check=False, timeout=200, env=environment({}))
    assert (said.returncode, "Traceback" in said.stderr) == (0, False), said.stderr


def test_a_port_in_use_is_told_before_anything_begins(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        folder = make_project(tmp_path / "project", listen=f"127.0.0.1:{port}")
        said = process(folder, "serve")
    assert said.code == 1
    assert "listen-refused" in said.err
    assert f"127.0.0.1:{port}" in said.err
    assert not list((folder / "var").glob("*.runners/*"))


def test_without_listen_it_serves_and_says_nothing_of_it(tmp_path: Path) -> None:
    with serving(make_project(tmp_path / "project")) as served:
        assert served.stderr is not None
        assert served.stderr.readline().startswith("Serving ")


def test_a_way_that_is_not_ready_leaves_the_one_before_in_force(tmp_path: Path) -> None:
    """A password that is not in the environment must not end what sends."""
    port = free_port()
    folder = make_project(tmp_path / "project", listen=f"127.0.0.1:{port}")
    smtp = {"host": "127.0.0.1", "username_env": "NOT_SET_HERE", "password_env": "NOT_SET_HERE"}
    with serving(folder) as served:
        line_with(served, "Serving")
        write_settings(folder, listen=f"127.0.0.1:{port}", providers={"email": "smtp", "smtp": smtp})
        line_with(served, "leads ways that are not ready; what it said before stays in force")
        assert status(port) == 200
        served.send_signal(signal.SIGTERM)
        _, err = served.communicate(timeout=200)
        assert served.returncode == 0, err


def test_when_config_leads_other_ways_it_begins_anew(tmp_path: Path) -> None:
    first, second = free_port(), free_port()
    folder = make_project(tmp_path / "project", listen=f"127.0.0.1:{first}")
    with serving(folder) as served:
        line_with(served, "Serving")
        write_settings(folder, listen=f"127.0.0.1:{second}")
        line_with(served, "beginning anew")
        line_with(served, "Serving")
        assert status(second) == 200
        served.send_signal(signal.SIGTERM)
        _, err = served.communicate(timeout=200)
        assert served.returncode == 0, err
        assert "Stopped." in err


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"providers": {"email": "smtp", "smtp": {"host": "mail.example.org"}}}, "nobody-answers"),
        ({"public_url": None, "listen": "127.0.0.1:8080"}, "public-url-missing"),
        ({}, ""),
        ({"listen": "127.0.0.1:8080"}, ""),
    ],
)
def test_check_tells_when_nobody_answers_the_links(tmp_path: Path, changes: dict[str, Any], code: str) -> None:
    codes = {problem.code for problem in check_project_folder(make_project(tmp_path / "project", **changes))}
    assert codes & {"nobody-answers", "public-url-missing"} == ({code} if code else set())


def test_the_demo_leaves_a_port_that_is_in_use_and_something_to_approve(tmp_path: Path) -> None:
    with socket.socket() as other:
        with suppress(OSError):  # then somebody else uses it, which is just as well
            other.bind(("127.0.0.1", DEMO_PORT))
        with serving(tmp_path, "demo", "--serve") as served:
            address = line_with(served, "Answering").split()[2]
            port = int(address.rpartition(":")[2])
            assert port != DEMO_PORT
            text = next(iter(_waited_for(tmp_path / "var" / "demo" / "var" / "outbox" / "sms")))
            assert f"{address}/" in text.read_text("utf-8")
            assert status(port) == 200
            served.send_signal(signal.SIGTERM)
            said, _ = served.communicate(timeout=200)
    assert f"Port {DEMO_PORT} is in use here, so the desk answers at 127.0.0.1:{port}." in said
    assert "follow-up: 45 messages, submitted by amina, waits for somebody to approve it" in said
    with open_project(tmp_path / "var" / "demo") as project:
        (left,) = agenda_for(project, "david").to_decide
        assert left.campaign == DEMO_FOLLOW_UP


def _waited_for(folder: Path) -> list[Path]:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if found := list(folder.glob("*.json")):
            return found
        time.sleep(0.1)
    raise AssertionError("nothing was sent")
