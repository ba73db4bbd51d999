"""One life of a sender: the real command in a process of its own, killed by the kernel at a chosen moment.

`Point("answer", 7)` kills it when the provider's seventh answer has been heard. The hooks only count and kill; what
the command does until then is what it always does.
"""

import json
import os
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from broadcaster.cli import main
from broadcaster.ledger import Ledger, Runner, WriteConnection
from broadcaster.ledger.delivery import claims, deliveries, unsure_deliveries
from broadcaster.providers.outbox import OutboxSession
from broadcaster.providers.sendgrid import SendGridSession
from broadcaster.providers.sendgrid.client import SendGridApi
from broadcaster.providers.smtp import SmtpSession
from broadcaster.providers.smtp.transactions.batch import SmtpBatch
from broadcaster.providers.smtp.transactions.protocol import SmtpProtocol
from broadcaster.providers.twilio import session as twilio_session
from broadcaster.providers.twilio.batch import TwilioBatch as TwilioErrand
from broadcaster.providers.twilio.session import TwilioSession
from broadcaster.services.composing.filling import MessageFiller
from broadcaster.services.delivering.due_work import DueWork
from broadcaster.services.delivering.handover import Handover


@dataclass(frozen=True)
class Point:
    """The moment of death: the `at`-th time (from 1) that something happens in a life; of bytes, so many."""

    seam: str
    at: int


class Fuse:
    """Counts what happens, in whatever thread, and kills at the number."""

    def __init__(self, at: int) -> None:
        self._left = at
        self._lock = threading.Lock()

    def burn(self, *_: object, **__: object) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                die()

    def allow(self, wanted: int) -> int:
        """How many of so many bytes may still be sent before the end."""
        with self._lock:
            allowed = min(wanted, self._left)
            self._left -= allowed
            return allowed


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def live(folder: Path, point: Point | None, *words: str) -> None:
    """Be `broadcaster -C folder words…`, and die at the point; what is printed goes to life.log in the folder.

    The folder's environ.json, if there is one, is put into the environment: the credentials that config.yaml names.
    """
    environ = folder / "environ.json"
    if environ.exists():
        os.environ.update(json.loads(environ.read_text()))
    log = os.open(folder / "life.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if point is not None:
        SEAMS[point.seam](Fuse(point.at))
    sys.argv = ["broadcaster", "-C", str(folder), *words]
    main()


Seam = Callable[[Fuse], None]


def _before(*places: tuple[Any, str]) -> Seam:
    """Each time before one of these is called."""

    def install(fuse: Fuse) -> None:
        for owner, name in places:
            _wrap(owner, name, fuse.burn, _nothing)

    return install


def _after(*places: tuple[Any, str]) -> Seam:
    """Each time after one of these has come back."""

    def install(fuse: Fuse) -> None:
        for owner, name in places:
            _wrap(owner, name, _nothing, fuse.burn)

    return install


def _nothing() -> None:
    pass


def _wrap(owner: Any, name: str, first: Callable[[], None], then: Callable[[], None]) -> None:
    real = getattr(owner, name)

    def hooked(*args: Any, **kwargs: Any) -> Any:
        first()
        found = real(*args, **kwargs)
        then()
        return found

    setattr(owner, name, hooked)


def _statement(fuse: Fuse) -> None:
    """After each SQL statement, in a transaction or between two."""
    event.listen(Engine, "after_cursor_execute", fuse.burn)


def _commit_begins(fuse: Fuse) -> None:
    event.listen(Engine, "commit", fuse.burn)


def _commit_done(fuse: Fuse) -> None:
    real = Ledger.writing

    @contextmanager
    def hooked(self: Ledger) -> Iterator[WriteConnection]:
        with real(self) as conn:
            yield conn
        fuse.burn()

    Ledger.writing = hooked  # type: ignore[method-assign]  # this process is about to die of it


def _byte(fuse: Fuse) -> None:
    """After so many bytes to the provider, in the middle of whatever they are."""
    for kind in (socket.socket, ssl.SSLSocket):
        _meter(kind, fuse)


def _meter(kind: type[socket.socket], fuse: Fuse) -> None:
    real = kind.send

    def hooked(self: socket.socket, data: Any, *flags: int) -> int:
        allowed = fuse.allow(len(data))
        if allowed == len(data):
            return real(self, data, *flags)
        if allowed:
            real(self, bytes(data[:allowed]), *flags)
        die()
        return 0

    kind.send = hooked  # type: ignore[method-assign,assignment]  # as above


SEAMS: dict[str, Seam] = {
    "registered": _after((Runner, "register")),
    "recover-begins": _before((claims, "recover")),
    "recover-written": _after((claims, "recover")),
    "settle-written": _after((unsure_deliveries, "settle"), (unsure_deliveries, "requeue_untaken")),
    "rows-begin": _before((deliveries, "insert")),
    "rows-written": _after((deliveries, "insert")),
    "claim-begins": _before((claims, "claim_deliveries")),
    "claim-written": _after((claims, "claim_deliveries")),
    "claim-committed": _after((DueWork, "claim_next_batch")),
    "filled": _after((MessageFiller, "fill")),
    "byte": _byte,
    "heard": _before((SmtpProtocol, "feed")),
    "answer": _after((SmtpBatch, "settle")),
    "file-written": _before((Path, "hardlink_to")),
    "file-named": _after((Path, "hardlink_to")),
    "synced": _after((os, "fsync")),
    "asked": _before((SendGridApi, "send"), (twilio_session, "_hand_over")),
    "answered": _after((SendGridApi, "send"), (TwilioErrand, "settle")),
    "handed-over": _after(
        (SmtpSession, "send"), (OutboxSession, "send"), (SendGridSession, "send"), (TwilioSession, "send")
    ),
    "record-begins": _before((claims, "record_results")),
    "record-written": _after((claims, "record_results")),
    "record-committed": _after((Handover, "deliver")),
    "commit-begins": _commit_begins,
    "commit-done": _commit_done,
    "statement": _statement,
}
