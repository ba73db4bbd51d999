"""A PostgreSQL behind a real PgBouncer is refused, in whatever way it pools. Needs Debian's package `pgbouncer`."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url

from broadcaster.ledger import Ledger, LedgerReader
from broadcaster.ledger.database.errors import LedgerPoolerError
from tests.ledger.stage import KEYRING

_PROGRAM = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"

pytestmark = pytest.mark.skipif(not Path(_PROGRAM).exists(), reason="needs PgBouncer (Debian: pgbouncer)")

_INI = """\
[databases]
* = host={host} port={port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
logfile = {folder}/log
ignore_startup_parameters = extra_float_digits
"""


@contextmanager
def pgbouncer(url: str, mode: str) -> Iterator[str]:
    """The same database through PgBouncer."""
    behind = make_url(url)
    with tempfile.TemporaryDirectory(prefix="pgb", dir="/tmp") as name:
        folder = Path(name)
        with socket.create_server(("127.0.0.1", 0)) as free:
            own: int = free.getsockname()[1]
        host = behind.query.get("host") or behind.host
        ini = folder / "pgbouncer.ini"
        ini.write_text(_INI.format(host=host, port=behind.port or 5432, own=own, mode=mode, folder=folder))
        words = [_PROGRAM, str(ini)]
        if os.geteuid() == 0:  # it refuses to run as root, and the database's sockets lie in a folder of its owner's
            owner = pwd.getpwuid(next(Path(str(host)).glob(".s.PGSQL.*")).stat().st_uid)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            words[1:1] = ["-u", owner.pw_name]
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                try:
                    socket.create_connection(("127.0.0.1", own), 1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            yield f"postgresql://postgres@127.0.0.1:{own}/{behind.database}"
        finally:
            process.terminate()
            process.wait(60)


@pytest.mark.parametrize("mode", ["session", "transaction", "statement"])
def test_it_is_refused_and_named(fresh_postgresql: Callable[[], str], mode: str) -> None:
    url = fresh_postgresql()
    Ledger.open(url, KEYRING).close()
    with pgbouncer(url, mode) as through:
        for opening in (Ledger, LedgerReader):
            with pytest.raises(LedgerPoolerError, match="PgBouncer"):
                opening.open(through, KEYRING)
    Ledger.open(url, KEYRING).close()
