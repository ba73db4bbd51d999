"""A real Postfix, on the loopback alone, in a folder of its own: for what only a real mail server shows.

Needs Postfix 3.4 or newer and root, for Postfix changes users. It takes mail on `port`, hands everything on to the
server at `onward`, and delivers what comes back for `bounces+…@letters.example`: to a Maildir, or to a command;
mail for `inbox@letters.example` goes to another Maildir.
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from tests.standins.smtp import StandIn

RETURN_PATH = "bounces@letters.example"

_PROGRAM = Path("/usr/sbin/postfix")

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}/log
myhostname = mx.relay.example
mydestination =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
recipient_delimiter = +
virtual_mailbox_domains = letters.example
virtual_mailbox_maps = inline:{{ bounces@letters.example=bounces/, inbox@letters.example=inbox/ }}
virtual_mailbox_base = {folder}/mail
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
transport_maps = {transport}
bounces_destination_recipient_limit = 1
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtp_bind_address = 127.0.0.1
default_transport = smtp:[127.0.0.1]:{onward}
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
smtpd_milters = {milter}
milter_default_action = tempfail
"""

_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
bounces unix - n n - 1 pipe
  flags=DOR user={user} argv={command}
"""


def can_run() -> bool:
    """Whether this machine has a Postfix, and lets us run it."""
    return _PROGRAM.exists() and os.geteuid() == 0


@contextlib.contextmanager
def roomy() -> Iterator[Path]:
    """A folder with a short name, for sockets cannot have long ones, in which others than root may come by."""
    with tempfile.TemporaryDirectory(prefix="pf", dir="/tmp", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


class Postfix:
    """The server, in a `folder` that `roomy` has made.

    `command` are the words of a program that takes bounces, and runs as `user`; without it they go to `maildir`.
    """

    def __init__(
        self, folder: Path, onward: StandIn, command: Sequence[str] = (), user: str = "nobody", milter: str = ""
    ) -> None:
        """`milter` is where a signing server is asked, as "inet:127.0.0.1:8891"."""
        self.folder = folder
        self.maildir = self.folder / "mail" / "bounces"
        self.inbox = self.folder / "mail" / "inbox"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        owner = pwd.getpwnam(user)
        places = {
            "folder": self.folder,
            "daemons": _postconf("daemon_directory"),
            "uid": owner.pw_uid,
            "gid": owner.pw_gid,
            "user": user,
            "onward": onward.port,
            "port": self.port,
            "transport": f"inline:{{ {RETURN_PATH}=bounces: }}" if command else "",
            "milter": milter,
            "command": " ".join(command) or "/bin/false",
        }
        for name in ("conf", "queue", "data", "log", "mail"):
            (self.folder / name).mkdir()
        os.chown(self.folder / "mail", owner.pw_uid, owner.pw_gid)
        shutil.chown(self.folder / "data", "postfix")
        (self.folder / "conf" / "main.cf").write_text(_MAIN.format(**places))
        (self.folder / "conf" / "master.cf").write_text(_MASTER.format(**places))

    @property
    def log(self) -> str:
        path = self.folder / "log" / "mail.log"
        return path.read_text() if path.exists() else ""

    def __enter__(self) -> Self:
        self._postfix("start")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return self
            time.sleep(0.05)
        raise TimeoutError(self.log)

    def __exit__(self, *_: object) -> None:
        self._postfix("stop")

    def mail(self, count: int, patience: float = 30.0, maildir: Path | None = None) -> list[bytes]:
        """The messages that came back, or came to another `maildir`, once there are `count` of them."""
        place = maildir or self.maildir
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            found = sorted((place / "new").glob("*")) if place.exists() else []
            if len(found) >= count:
                return [file.read_bytes() for file in found]
            time.sleep(0.05)
        raise TimeoutError(self.log)

    def _postfix(self, word: str) -> None:
        conf = self.folder / "conf"
        done = subprocess.run([str(_PROGRAM), "-c", str(conf), word], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr + done.stdout + self.log)


def _postconf(name: str) -> str:
    words = ["/usr/sbin/postconf", "-d", "-h", name]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
