"""The server's side of one HTTP/1.1 connection (RFC 9112), for stand-ins: requests in, answers or faults out."""

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

_CHUNK = b"x" * 65536
_CHUNKS = 1024
"""Sixty-four megabytes: more than anybody should read, and not so much that a test waits for it."""


@dataclass(frozen=True)
class Request:
    """What was asked. `target` is path and query as they came; `headers` have lower-case names."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def holds(self, text: str) -> bool:
        return text in self.target or text.encode() in self.body


@dataclass(frozen=True)
class Answer:
    """What is answered."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def wire(self) -> bytes:
        """The octets of it."""
        phrase = HTTPStatus(self.status).phrase if self.status in HTTPStatus.__members__.values() else "Whatever"
        lines = [f"HTTP/1.1 {self.status} {phrase}", *(f"{name}: {value}" for name, value in self.headers.items())]
        return "\r\n".join([*lines, f"Content-Length: {len(self.body)}", "", ""]).encode("latin-1") + self.body


class Planned(Protocol):
    """A fault, as far as a conversation acts it out."""

    @property
    def action(self) -> str: ...

    @property
    def status(self) -> int: ...

    @property
    def body(self) -> str: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


class Plan(Protocol):
    """What a conversation must know of the plan."""

    @property
    def latency(self) -> float: ...


class House(Protocol):
    """What a conversation needs of its server."""

    @property
    def plan(self) -> Plan: ...

    requests: list[Request]
    stopping: threading.Event

    def answer(self, request: Request) -> tuple[Answer, Callable[[], None] | None]: ...

    def fault(self, phase: str, request: Request | None = None) -> Planned | None: ...

    def context(self) -> ssl.SSLContext: ...


class HungUpError(Exception):
    """This connection ends here."""


class Conversation:
    """One connection, kept for as many requests as come."""

    def __init__(self, house: House, connection: socket.socket) -> None:
        self._house = house
        self._connection = connection
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def shut(self) -> None:
        """Hang up from another thread."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.close()

    def run(self) -> None:
        self._strike("connect")
        self._strike("tls")
        self._connection = self._house.context().wrap_socket(self._connection, server_side=True)
        with self._connection.makefile("rb") as lines:
            # A line without its end, or headers without the blank line behind them: whoever asked was killed meanwhile.
            while (first := lines.readline(65536)).strip() and first.endswith(b"\n"):
                self._strike("head")
                headers: dict[str, str] = {}
                while (line := lines.readline(65536)).strip():
                    name, _, value = line.decode("latin-1").partition(":")
                    headers[name.strip().lower()] = value.strip()
                if not line:
                    return
                method, target, _ = first.decode("latin-1").split(" ", 2)
                length = int(headers.get("content-length", "0"))
                body = lines.read(length)
                if len(body) < length:
                    return
                self._obey(Request(method, target, headers, body))

    def _obey(self, request: Request) -> None:
        house = self._house
        house.requests.append(request)
        if self._strike("before", request):
            return
        answer, take = house.answer(request)
        if take is not None:
            take()
            if self._strike("after", request):
                return
        if house.plan.latency:
            time.sleep(house.plan.latency)
        self._connection.sendall(answer.wire())

    def _strike(self, phase: str, request: Request | None = None) -> bool:
        """Act out what is planned for now; True when that was an answer."""
        fault = self._house.fault(phase, request)
        if fault is None:
            return False
        if fault.action == "reply":
            self._connection.sendall(Answer(fault.status, fault.headers, fault.body.encode()).wire())
            return True
        self._misbehave(fault.action)
        raise HungUpError

    def _misbehave(self, action: str) -> None:
        head = b"HTTP/1.1 201 CREATED\r\nContent-Type: application/json\r\n"
        if action == "stall":
            self._house.stopping.wait(30)
        elif action == "drip":
            self._drip(head + b"X-Padding: " + b"x" * 2000)
        elif action == "drip-body":
            self._connection.sendall(head + b"Content-Length: 2000\r\n\r\n")
            self._drip(b" " * 2000)
        elif action == "cut":
            self._connection.sendall(head + b'Content-Length: 1000\r\n\r\n{"sid": "SM')
        elif action == "garbage":
            self._connection.sendall(b"\x00\x01 this is no HTTP \xff\r\n\r\n")
        elif action == "huge":
            self._connection.sendall(head + b"Content-Length: %d\r\n\r\n" % (len(_CHUNK) * _CHUNKS))
            self._flood()
        elif action == "huge-head":
            self._connection.sendall(head + b"X-Padding: ")
            self._flood()
        elif action == "reset":
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _drip(self, words: bytes) -> None:
        for octet in words:
            if self._house.stopping.wait(0.02):
                return
            self._connection.sendall(bytes([octet]))

    def _flood(self) -> None:
        for _ in range(_CHUNKS):
            self._connection.sendall(_CHUNK)
