"""The stand-in mail server's side of one connection."""

import base64
import contextlib
import hashlib
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from typing import Protocol

from tests.standins.smtplines import Lines
from tests.standins.smtpplan import Counts, Fault, HungUpError, Ledger, Plan, Taken

_MAIL = re.compile(r"MAIL FROM:<(?P<sender>[^>]*)>(?P<parameters>.*)", re.IGNORECASE)
_RCPT = re.compile(r"RCPT TO:<(?P<to>[^>]+)>(?P<parameters>.*)", re.IGNORECASE)
_ENVID = re.compile(r"\bENVID=(\S+)", re.IGNORECASE)
_NOTIFY = re.compile(r"\bNOTIFY=(\S+)", re.IGNORECASE)
_OF_DSN = re.compile(r"\b(?:ENVID|RET|NOTIFY|ORCPT)=", re.IGNORECASE)
_MESSAGE_ID = re.compile(rb"^message-id:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)


class House(Protocol):
    """What a conversation needs of its server."""

    plan: Plan
    ledger: Ledger
    counts: Counts
    stopping: threading.Event
    kept: list[tuple[str, bytes]] | None

    def context(self) -> ssl.SSLContext: ...


class Conversation:
    """Commands in, replies out, faults as planned."""

    def __init__(self, house: House, connection: socket.socket) -> None:
        self._house = house
        self._connection = connection
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines = Lines(connection)
        self._signed_in = False
        self._taken = 0
        self._sender: str | None = None
        self._to: list[str] = []
        self._envid = self._notify = ""

    def shut(self) -> None:
        """Hang up from another thread."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.close()

    def run(self) -> None:
        self._strike("connect")
        if self._house.plan.security == "implicit":
            self._encrypt()
        self._reply("greeting", "220 stand-in.example ESMTP")
        while line := self._lines.readline():
            self._obey(line.decode("ascii", "replace").rstrip("\r\n"))

    def _obey(self, line: str) -> None:
        verb = line.split(" ", maxsplit=1)[0].upper()
        command = getattr(self, f"_on_{verb.lower()}", None) if verb.isalpha() else None
        if command is None:
            self._say("500 5.5.1 what?")
        else:
            command(line)

    # The commands

    def _on_ehlo(self, _line: str) -> None:
        plan = self._house.plan
        offers = ["stand-in.example", *plan.extensions]
        if plan.security == "starttls" and not isinstance(self._connection, ssl.SSLSocket):
            offers.append("STARTTLS")
        if plan.account:
            offers.append("AUTH PLAIN LOGIN")
        self._reply("ehlo", "\r\n".join(f"250-{offer}" for offer in offers[:-1]) + f"\r\n250 {offers[-1]}")

    def _on_helo(self, _line: str) -> None:
        self._say("250 stand-in.example")

    def _on_starttls(self, _line: str) -> None:
        if self._reply("starttls", "220 go ahead"):
            self._encrypt()

    def _on_auth(self, line: str) -> None:
        _, mechanism, *rest = line.split(" ")
        if mechanism.upper() == "PLAIN":
            _, name, password = base64.b64decode(rest[0] if rest else self._ask("")).decode().split("\0")
        else:
            name = base64.b64decode(rest[0] if rest else self._ask("VXNlcm5hbWU6")).decode()
            password = base64.b64decode(self._ask("UGFzc3dvcmQ6")).decode()
        if (name, password) == self._house.plan.account:
            self._signed_in = self._reply("auth", "235 2.7.0 welcome")
        else:
            self._say("535 5.7.8 wrong name or password")

    def _on_mail(self, line: str) -> None:
        match = _MAIL.fullmatch(line)
        if self._taken >= self._house.plan.per_connection:
            self._say("421 4.7.0 enough for one connection")
            raise HungUpError
        if match is None or self._sender is not None:
            self._say("503 5.5.1 bad sequence or syntax")
        elif self._asks_too_much(match["parameters"]):
            self._say("555 5.5.4 unsupported parameter")
        elif self._house.plan.account and not self._signed_in:
            self._say("530 5.7.0 sign in first")
        else:
            with self._turning_down_what_came_early(self._house.plan.early_after_mail):
                self._begin(match)

    def _begin(self, match: re.Match[str]) -> None:
        if self._reply("mail", "250 2.1.0 ok"):
            self._sender = match["sender"]
            envid = _ENVID.search(match["parameters"])
            self._envid = envid[1] if envid else ""

    def _on_rcpt(self, line: str) -> None:
        match = _RCPT.fullmatch(line)
        if match is None or self._sender is None:
            self._say("503 5.5.1 need MAIL")
        elif self._asks_too_much(match["parameters"]):
            self._say("555 5.5.4 unsupported parameter")
        elif self._reply("rcpt", "250 2.1.5 ok"):
            self._to.append(match["to"])
            notify = _NOTIFY.search(match["parameters"])
            self._notify = notify[1] if notify else ""

    def _asks_too_much(self, parameters: str) -> bool:
        """Whether DSN (RFC 3461) is asked of a server that did not offer it."""
        return "DSN" not in self._house.plan.extensions and bool(_OF_DSN.search(parameters))

    def _on_data(self, _line: str) -> None:
        if not self._to and "OPEN-WITHOUT-RCPT" not in self._house.plan.extensions:
            self._say("554 5.5.1 no valid recipients")
        elif self._reply("data", "354 go ahead"):
            body = self._read_body()
            with self._turning_down_what_came_early(self._house.plan.early_after_dot):
                self._take(body)
                self._reset()

    @contextlib.contextmanager
    def _turning_down_what_came_early(self, reply: str) -> Iterator[None]:
        """Where the plan says so, let the block answer one command, and answer so each that did not wait for it."""
        count = self._lines.drop_commands() if reply else 0
        yield
        for _ in range(count):
            self._house.counts.fault(self._house.plan, "early")
            self._say(reply)

    def _on_rset(self, _line: str) -> None:
        self._reset()
        self._reply("rset", "250 2.0.0 ok")

    def _on_quit(self, _line: str) -> None:
        self._reply("quit", "221 2.0.0 bye")
        raise HungUpError

    # The message

    def _read_body(self) -> bytes:
        first = True
        lines: list[bytes] = []
        while True:
            if lines and first:
                first = False
                if self._strike("body"):
                    raise HungUpError
            line = self._lines.readline()
            if not line:
                raise HungUpError
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line[1:] if line.startswith(b".") else line)

    def _take(self, body: bytes) -> None:
        fault = self._strike("dot")
        if fault is not None:
            return
        if not self._to:
            self._say("554 5.5.1 no valid recipients")
            return
        found = _MESSAGE_ID.search(body)
        if self._house.kept is not None:
            self._house.kept.append((self._to[0], body))
        self._house.ledger.add(
            Taken(
                sender=self._sender or "",
                to=self._to,
                envid=self._envid,
                message_id=found[1].decode() if found else "",
                sha256=hashlib.sha256(body).hexdigest(),
                size=len(body),
                notify=self._notify,
            )
        )
        self._taken += 1
        self._reply("taken", self._house.plan.took.format(self._taken))

    def _reset(self) -> None:
        self._sender, self._to, self._envid, self._notify = None, [], "", ""

    # Saying things, well or badly

    def _reply(self, phase: str, words: str) -> bool:
        """Answer as planned; whether it was the good answer."""
        if self._strike(phase) is not None:
            return False
        self._say(words)
        return True

    def _strike(self, phase: str) -> Fault | None:
        fault = self._house.counts.fault(self._house.plan, phase)
        if fault is None:
            return None
        if fault.action == "reply":
            self._say(fault.reply)
            if fault.reply.startswith("421"):
                raise HungUpError
        elif fault.action == "garbage":
            self._send(b"\x00\xff<html>not mail\r\n")
        elif fault.action == "huge":
            self._flood()
        elif fault.action == "drip":
            self._drip(b"250-" + b"x" * 1000)
        elif fault.action == "stall":
            self._house.stopping.wait(30)
        if fault.action == "reset":
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if fault.action != "reply":
            raise HungUpError
        return fault

    def _flood(self) -> None:
        for _ in range(5000):
            self._send(b"250-" + b"x" * 500 + b"\r\n")

    def _drip(self, words: bytes) -> None:
        for octet in words:
            if self._house.stopping.wait(0.02):
                return
            self._send(bytes([octet]))

    def _say(self, words: str) -> None:
        if self._house.plan.latency:
            time.sleep(self._house.plan.latency)
        self._send(words.encode() + b"\r\n")

    def _send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def _ask(self, challenge: str) -> bytes:
        self._say(f"334 {challenge}")
        return self._lines.readline()

    def _encrypt(self) -> None:
        self._strike("tls")
        self._connection = self._house.context().wrap_socket(self._connection, server_side=True)
        self._lines = Lines(self._connection)
