"""A real opendkim, on the loopback alone, in a folder of its own. Needs Debian's package `opendkim`, and root."""

import os
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

_PROGRAM = Path("/usr/sbin/opendkim")

_CONF = """\
Syslog no
Background no
Socket inet:{port}@127.0.0.1
PidFile {folder}/opendkim.pid
Mode s
Canonicalization relaxed/relaxed
SigningTable refile:{folder}/signing
KeyTable {folder}/keys
InternalHosts 127.0.0.1
TemporaryDirectory {folder}
RequireSafeKeys no
"""


def can_run() -> bool:
    """Whether this machine has it, and lets us run it."""
    return _PROGRAM.exists() and os.geteuid() == 0


class OpenDkim:
    """Signs what senders at `domain` give to a mail server, as `d` (or the same); `settings` are further lines of its
    file.
    """

    def __init__(
        self, folder: Path, pem: bytes, settings: Sequence[str] = (), domain: str = "ashmere.example", d: str = ""
    ) -> None:
        folder.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port: int = free.getsockname()[1]
        self.socket = f"inet:127.0.0.1:{port}"
        (folder / "s1.pem").write_bytes(pem)
        (folder / "s1.pem").chmod(0o600)
        (folder / "signing").write_text(f"*@{domain} s1\n")
        (folder / "keys").write_text(f"s1 {d or domain}:s1:{folder}/s1.pem\n")
        self._conf = folder / "opendkim.conf"
        self._conf.write_text(_CONF.format(port=port, folder=folder) + "\n".join((*settings, "")))
        self._address = ("127.0.0.1", port)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen([str(_PROGRAM), "-x", str(self._conf), "-f"])
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                socket.create_connection(self._address, 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return self
        raise TimeoutError(self._conf.read_text())

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
