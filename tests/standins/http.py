"""What the stand-ins of HTTP APIs share: a server on the loopback with TLS, a ledger of its own, and faults on request.

A stand-in subclasses `HttpStandIn` and says how a request is answered; `main` runs it in a process of its own.
"""

import argparse
import contextlib
import json
import socket
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import parse_qsl, urlsplit

import trustme

from tests.standins.httptalk import Answer, Conversation, HungUpError, Request
from tests.standins.json_lines import JsonLines

__all__ = ["Answer", "Fault", "HttpPlan", "HttpStandIn", "Request", "main"]

FOREVER = 1_000_000_000


@dataclass(frozen=True)
class Fault:
    """What goes wrong, where, and when.

    `phase`: connect, tls, head (the request is only begun to be read), before (it was read, nothing of it was taken),
    after (it was taken and stands in the ledger). `action`: reply (with `status`, `headers`, `body`), drop, reset,
    stall, drip (one octet at a time), drip-body, cut (an answer that ends too early), garbage, huge (an endless body),
    huge-head. Where `match` is given, only requests whose body or target holds it count. Of those the first `after` go
    well, then `times` go wrong.
    """

    phase: str
    action: str
    status: int = 500
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    match: str = ""
    after: int = 0
    times: int = FOREVER


@dataclass(frozen=True)
class HttpPlan:
    """How the server behaves. `certificate`: good, untrusted, or other (trusted, for another host).

    `latency` is in seconds before each answer. Stand-ins subclass it for what else they must be told.
    """

    certificate: str = "good"
    latency: float = 0.0
    faults: tuple[Fault, ...] = ()

    @classmethod
    def from_json(cls, text: str) -> Self:
        document: dict[str, Any] = json.loads(text)
        faults = tuple(Fault(**fault) for fault in document.pop("faults", ()))
        return cls(faults=faults, **document)


class Faults:
    """Counts what happens in each phase, and says when it is time for a fault."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}
        self._lock = threading.Lock()

    def seen(self, phase: str) -> int:
        """How often this phase was reached."""
        return self._seen.get(phase, 0)

    def due(self, plan: HttpPlan, phase: str, request: Request | None) -> Fault | None:
        with self._lock:
            self._seen[phase] = self._seen.get(phase, 0) + 1
            for fault in plan.faults:
                if fault.phase == phase and (not fault.match or (request and request.holds(fault.match))):
                    number = self._count(fault)
                    if fault.after <= number < fault.after + fault.times:
                        return fault
        return None

    def _count(self, fault: Fault) -> int:
        number = self._seen.get(repr(fault), 0)
        self._seen[repr(fault)] = number + 1
        return number


class HttpStandIn:
    """The server. `plan` may be replaced while it runs; `port` stays. `requests` are all that were read, in order."""

    def __init__(self, plan: HttpPlan, folder: Path, port: int = 0, ledger: Path | None = None) -> None:
        self.plan = plan
        self.ledger = JsonLines(ledger or folder / "ledger.jsonl")
        self.faults = Faults()
        self.requests: list[Request] = []
        self.stopping = threading.Event()
        authority, stranger = trustme.CA(), trustme.CA()
        self.ca_file = folder / "authority.pem"
        authority.cert_pem.write_to_path(self.ca_file)
        self._certificates = {
            "good": authority.issue_cert("localhost", "127.0.0.1"),
            "other": authority.issue_cert("elsewhere.example"),
            "untrusted": stranger.issue_cert("localhost", "127.0.0.1"),
        }
        self._listening = socket.create_server(("127.0.0.1", port), backlog=256)
        self.port: int = self._listening.getsockname()[1]
        self._conversations: set[Conversation] = set()
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def connections(self) -> int:
        """How many were made so far."""
        return self.faults.seen("connect")

    def answer(self, request: Request) -> tuple[Answer, Callable[[], None] | None]:
        """The answer as the real API gives it, and what takes the request into the ledger if it is taken."""
        raise NotImplementedError

    def fault(self, phase: str, request: Request | None = None) -> Fault | None:
        """What is to go wrong now."""
        return self.faults.due(self.plan, phase, request)

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._certificates[self.plan.certificate].configure_cert(context)
        return context

    def hang_up(self) -> None:
        """Close every connection, as a server does with idle ones."""
        limit = time.monotonic() + 5
        while self._conversations and time.monotonic() < limit:
            for conversation in list(self._conversations):
                conversation.shut()
            time.sleep(0.002)

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.hang_up()
        for thread in self._threads:
            thread.join(5)
        self.ledger.close()

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            conversation = Conversation(self, connection)
            self._conversations.add(conversation)
            self._start(partial(self._serve, conversation))

    def _serve(self, conversation: Conversation) -> None:
        with contextlib.suppress(HungUpError, OSError):
            conversation.run()
        conversation.close()
        self._conversations.discard(conversation)


def form(request: Request) -> dict[str, str]:
    """The parameters of a form, blank ones too."""
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=bool(request.body)))


def query(request: Request) -> dict[str, str]:
    """The parameters of the query."""
    return dict(parse_qsl(urlsplit(request.target).query, keep_blank_values=True))


def reply_json(status: int, document: object, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer in JSON."""
    body = json.dumps(document, ensure_ascii=False).encode()
    return Answer(status, {"Content-Type": "application/json;charset=utf-8", **(headers or {})}, body)


P = TypeVar("P", bound=HttpPlan)


def main(make: Callable[[P, Path, int, Path], HttpStandIn], plan: type[P], what: str) -> None:
    """Run a stand-in until its input ends; prints one line, its port and the file of its certificate authority."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--plan", type=plan.from_json, default=plan())
    parser.add_argument("--ca-out", type=Path, help="where to put the certificate authority's certificate")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        make(options.plan, Path(folder), options.port, options.ledger) as server,
    ):
        if options.ca_out:
            options.ca_out.write_bytes(server.ca_file.read_bytes())
        sys.stdout.write(f"{server.port} {options.ca_out or server.ca_file}\n")
        sys.stdout.flush()
        sys.stdin.read()
