"""Real mail servers beside Postfix, on the loopback alone, each in a folder of its own.

They hand mail for `letters.example`, where bounces go, to one stand-in and all other mail to another one. Where they
come from: `sh tests/standins/mailservers.sh DIR`, then `MAIL_SERVERS=DIR`.
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

HOME = "letters.example"

_PLACE = Path(os.environ.get("MAIL_SERVERS", "/nowhere"))
_EXIM = _PLACE / "debian" / "usr" / "sbin" / "exim4"
_OPENSMTPD = _PLACE / "debian" / "usr" / "sbin" / "smtpd"
_HARAKA = _PLACE / "haraka" / "node_modules" / "Haraka" / "bin" / "haraka"


@dataclass(frozen=True)
class Onward:
    """The ports of those who come after: `home` gets what goes to `letters.example`, `far` all else."""

    home: int
    far: int


class Process:
    """A server that is started with `words` and listens on `port`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.words: Sequence[str] = ()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in self.folder.rglob("*log") if path.is_file())

    def __enter__(self) -> Self:
        with (self.folder / "output.log").open("wb") as output:
            self._process = subprocess.Popen(
                self.words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as open_:
                if open_.recv(10).startswith(b"220"):
                    return self
            time.sleep(0.1)
        self.__exit__()
        raise TimeoutError(self.log)

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, 15)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, 9)


_EXIM_CONF = """\
exim_path = {program}
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
primary_hostname = mx.relay.example
daemon_smtp_ports = {port}
local_interfaces = 127.0.0.1
keep_environment =
tls_advertise_hosts =
host_lookup =
rfc1413_hosts =
dsn_advertise_hosts = *
acl_smtp_rcpt = accept
acl_smtp_data = accept
smtp_accept_max = 50
smtp_accept_max_per_connection = 1000
queue_run_max = 5
never_users =
begin routers
home:
  driver = manualroute
  domains = letters.example
  transport = home
  route_list = * 127.0.0.1
  self = send
far:
  driver = manualroute
  transport = far
  route_list = * 127.0.0.1
  self = send
begin transports
home:
  driver = smtp
  port = {home}
  allow_localhost
far:
  driver = smtp
  port = {far}
  allow_localhost
begin retry
* * F,10m,2s
"""


class Exim(Process):
    """Exim 4, as Debian builds it."""

    def __init__(self, folder: Path, onward: Onward) -> None:
        super().__init__(folder)
        conf = folder / "exim.conf"
        conf.write_text(
            _EXIM_CONF.format(program=_EXIM, folder=folder, port=self.port, home=onward.home, far=onward.far)
        )
        owner = pwd.getpwnam("Debian-exim")
        (folder / "spool").mkdir()
        for path in (folder, folder / "spool"):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        os.chown(conf, 0, 0)
        # A queue run each half an hour, as is usual: what Exim leaves lying until then does not arrive within a test.
        self.words = [str(_EXIM), "-C", str(conf), "-bdf", "-q30m"]

    @staticmethod
    def missing() -> str:
        return _missing(_EXIM, "Debian-exim")


_SMTPD_CONF = """\
queue ttl 1h
listen on 127.0.0.1 port {port} hostname mx.relay.example
action home relay host smtp://127.0.0.1:{home}
action far relay host smtp://127.0.0.1:{far}
match from any for domain "letters.example" action home
match from any for any action far
"""


class OpenSmtpd(Process):
    """OpenSMTPD. Its places are built in, so it runs with folders mounted over them, in a namespace of its own."""

    def __init__(self, folder: Path, onward: Onward) -> None:
        super().__init__(folder)
        (folder / "smtpd.conf").write_text(_SMTPD_CONF.format(port=self.port, home=onward.home, far=onward.far))
        script = folder / "run"
        script.write_text(_RUN_SMTPD.format(folder=folder, debian=_PLACE / "debian", program=_OPENSMTPD))
        self.words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", str(script)]

    @staticmethod
    def missing() -> str:
        return _missing(_OPENSMTPD, "opensmtpd")


_RUN_SMTPD = """\
set -eu
mount -t tmpfs tmpfs /var/spool
mount -t tmpfs tmpfs /var/lib
mount -t tmpfs tmpfs /run
mkdir -p /var/lib/opensmtpd/empty /var/spool/smtpd
chmod 711 /var/spool/smtpd
mkdir -p /usr/libexec
mkdir -p {folder}/libexec
mount --bind {folder}/libexec /usr/libexec
mkdir -p /usr/libexec/opensmtpd
cp -a {debian}/usr/libexec/opensmtpd/. /usr/libexec/opensmtpd/ 2>/dev/null || true
exec {program} -d -f {folder}/smtpd.conf
"""


class Haraka(Process):
    """Haraka, from npm."""

    def __init__(self, folder: Path, onward: Onward) -> None:
        super().__init__(folder)
        config, plugins = folder / "config", folder / "plugins"
        for place in (config, plugins, folder / "queue"):
            place.mkdir()
        files = {
            "me": "mx.relay.example",
            "smtp.ini": f"listen=127.0.0.1:{self.port}\n",
            "plugins": "onward\n",
            "log.ini": "level=NOTICE\n",
            "host_list": "",
            "outbound.ini": "temp_fail_intervals=1s,1s,1s,1s\nlocal_mx_ok=true\nenable_tls=false\n",
            "internalcmd_key": "key",
        }
        shutil.copy(_HARAKA.parents[1] / "config" / "connection.ini", config)
        for name, text in files.items():
            (config / name).write_text(text)
        (plugins / "onward.js").write_text(_ONWARD % {"home": onward.home, "far": onward.far})
        self.words = ["node", str(_HARAKA), "-c", str(folder)]

    @staticmethod
    def missing() -> str:
        return _missing(_HARAKA, "root") or ("" if shutil.which("node") else "needs node")


_ONWARD = """\
exports.hook_connect = function (next, connection) { connection.relaying = true; next(); };
exports.hook_rcpt = function (next) { next(OK); };
exports.hook_get_mx = function (next, hmail, domain) {
  next(OK, { priority: 0, exchange: '127.0.0.1', port: domain === 'letters.example' ? %(home)d : %(far)d });
};
"""

SERVERS: dict[str, Callable[[Path, Onward], Process]] = {"exim": Exim, "opensmtpd": OpenSmtpd, "haraka": Haraka}

MISSING: dict[str, Callable[[], str]] = {
    "exim": Exim.missing,
    "opensmtpd": OpenSmtpd.missing,
    "haraka": Haraka.missing,
}


def _missing(program: Path, user: str) -> str:
    """Why a server cannot run here; "" where it can."""
    if not program.exists():
        return f"needs {program.name}: sh tests/standins/mailservers.sh DIR, then MAIL_SERVERS=DIR"
    if os.geteuid() != 0:
        return "needs root: mail servers change users"
    try:
        pwd.getpwnam(user)
    except KeyError:
        return f"needs the user {user}: sh tests/standins/mailservers.sh DIR makes it"
    return ""
