"""One kept connection to the API, and one request over it. Blocks, but never longer than it was told to."""

import io
import select
import socket
import ssl
import time
from http.client import HTTPException, HTTPResponse
from typing import Any, cast
from urllib.parse import urlsplit

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.reasons import Reason
from broadcaster.providers.sendgrid.account import SendGridAccount
from broadcaster.providers.sendgrid.responses import ApiAnswer, SendGridPhase

_IDLE = 4.0
"""Seconds after which a connection is not used again: the other side may be closing it at this very moment, and then
nobody could say whether the request was read."""

_CHUNK = 1 << 16
"""Octets offered at once; of those a TLS socket takes a record's worth (RFC 8446 section 5.1)."""

_MOST = 1 << 20
"""Octets of an answer's body that are read: enough for a thousand errors."""

_LAST_WORDS = 1.0
"""Seconds for an answer that may lie in the buffer of a connection that broke."""


class NoAnswerError(Exception):
    """There is no answer. `slow` when the time ran out."""

    def __init__(
        self, outcome: Outcome, reason: Reason, phase: SendGridPhase, detail: str = "", *, slow: bool = False
    ) -> None:
        super().__init__(reason.value)
        self.outcome = outcome
        self.reason = reason
        self.phase = phase
        self.detail = detail
        self.slow = slow


class ApiConnection:
    """The connection of one session: opened when needed, kept between requests, verified always."""

    def __init__(self, account: SendGridAccount) -> None:
        parts = urlsplit(account.host)
        self._host, self._tls = parts.hostname or "", parts.scheme == "https"
        self._port = parts.port or (443 if self._tls else 80)
        self._patience = account.patience
        self._ca_file = account.ca_file
        self._context: ssl.SSLContext | None = None
        self._sock: socket.socket | None = None
        self._used_at = 0.0

    def close(self) -> None:
        if self._sock is not None:
            self._sock.close()
            self._sock = None

    def ask(self, head: bytes, body: bytes) -> ApiAnswer:
        """Hand over a POST, `head` with its blank line, and hear the answer. Raises LostError."""
        kept = self._is_connected()
        try:
            return self._ask(head, body)
        except NoAnswerError as lost:
            if not kept or lost.slow or lost.outcome is not Outcome.LATER:
                raise
        # It died while it was idle, and the request had not gone out whole: a new connection carries it.
        return self._ask(head, body)

    def _ask(self, head: bytes, body: bytes) -> ApiAnswer:
        if self._sock is None:
            self._sock = self._open()
        sock, self._sock = self._sock, None  # whatever goes wrong from here, it is not used again
        try:
            keep, answer = self._exchange(sock, head, body)
        except BaseException:
            sock.close()
            raise
        if keep:
            self._sock, self._used_at = sock, time.monotonic()
        else:
            sock.close()
        return answer

    def _exchange(self, sock: socket.socket, head: bytes, body: bytes) -> tuple[bool, ApiAnswer]:
        whole, broken = self._hand_over(sock, head + body)
        if broken is None:
            return _read_answer(sock, self._patience.answer, whole=True)
        try:
            _, answer = _read_answer(sock, _LAST_WORDS, whole=whole)
        except NoAnswerError:
            if whole:
                raise NoAnswerError(Outcome.UNSURE, _reason_of(broken), SendGridPhase.ANSWER) from None
            slow = isinstance(broken, TimeoutError)
            raise NoAnswerError(
                Outcome.LATER, _reason_of(broken), SendGridPhase.REQUEST, _error_words(broken), slow=slow
            ) from None
        return False, answer

    def _hand_over(self, sock: socket.socket, data: bytes) -> tuple[bool, OSError | None]:
        """Send it all. Says whether the last of it may have gone out, and what broke.

        What has been offered to a TLS socket may have left, whatever the socket says. So the last octet, without which
        nobody can have taken the request, is offered by itself, and counts as gone from then on.
        """
        limit = time.monotonic() + self._patience.request
        view, last, at = memoryview(data), len(data) - 1, 0
        try:
            while at < len(data):
                sock.settimeout(_seconds_left(limit))
                at += sock.send(view[at : min(at + _CHUNK, last) if at < last else None])
        except OSError as error:
            return at >= last, error
        return True, None

    def _is_connected(self) -> bool:
        """Whether there is a connection to use again. One that can be read was closed, or talks nonsense."""
        if self._sock is None:
            return False
        readable, _, _ = select.select([self._sock], [], [], 0)
        if readable or time.monotonic() - self._used_at > _IDLE:
            self.close()
        return self._sock is not None

    def _open(self) -> socket.socket:
        context = self._verifying() if self._tls else None
        sock: socket.socket | None = None
        phase = SendGridPhase.CONNECT
        try:
            sock = socket.create_connection((self._host, self._port), self._patience.connect)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if context is None:
                return sock
            phase = SendGridPhase.TLS
            return context.wrap_socket(sock, server_hostname=self._host)
        except (OSError, UnicodeError) as error:
            if sock is not None:
                sock.close()
            raise _no_connection(error, phase) from None

    def _verifying(self) -> ssl.SSLContext:
        """Certificates and host names are verified; there is no setting to switch that off."""
        if self._context is None:
            try:
                self._context = ssl.create_default_context(cafile=self._ca_file)
            except OSError as error:  # ssl.SSLError is one
                detail = f"ca_file cannot be used: {error.strerror or error}"
                raise NoAnswerError(Outcome.HALTED, Reason.TLS_UNTRUSTED, SendGridPhase.TLS, detail) from None
        return self._context


class _BoundedReader(io.RawIOBase):
    """What a socket brings until a moment, however slowly. (How long lines and headers may be, http.client knows.)"""

    def __init__(self, sock: socket.socket, limit: float) -> None:
        self._sock = sock
        self._limit = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(_seconds_left(self._limit))
        return self._sock.recv_into(buffer)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """The only thing that `HTTPResponse` wants of a socket."""
        return io.BufferedReader(self)


def _read_answer(sock: socket.socket, patience: float, *, whole: bool) -> tuple[bool, ApiAnswer]:
    """The answer, and whether the connection can be used again. Raises LostError when no status came."""
    response = HTTPResponse(cast("socket.socket", _BoundedReader(sock, time.monotonic() + patience)), method="POST")
    try:
        response.begin()
    except (OSError, HTTPException, ValueError) as error:
        raise NoAnswerError(Outcome.UNSURE, _reason_of(error), SendGridPhase.ANSWER) from None
    body = b""
    try:
        body = response.read(_MOST)  # never as much as it says that it will bring
        keep = response.isclosed() and not response.will_close
    except (OSError, HTTPException, ValueError):
        keep = False  # the status says what became of the request; why is lost
    headers = {name.lower(): value for name, value in response.headers.items()}
    return keep, ApiAnswer(response.status, headers, body, whole)


def _seconds_left(limit: float) -> float:
    left = limit - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _reason_of(error: Exception) -> Reason:
    if isinstance(error, TimeoutError):
        return Reason.TIMED_OUT
    # http.client's own word for a connection that ended before any answer is both an OSError and an HTTPException.
    return Reason.DROPPED if isinstance(error, OSError) else Reason.GARBLED


def _error_words(error: OSError) -> str:
    return error.strerror or ""


def _no_connection(error: Exception, phase: SendGridPhase) -> NoAnswerError:
    """What an error of the operating system or of TLS means before anything was handed over."""
    if isinstance(error, UnicodeError):
        return NoAnswerError(Outcome.LATER, Reason.NAME_NOT_FOUND, phase, "not a host name")
    if isinstance(error, TimeoutError):
        return NoAnswerError(Outcome.LATER, Reason.TIMED_OUT, phase, "", slow=True)
    if isinstance(error, socket.gaierror):
        return NoAnswerError(Outcome.LATER, Reason.NAME_NOT_FOUND, phase, _error_words(error))
    if isinstance(error, ssl.SSLCertVerificationError):
        return NoAnswerError(Outcome.HALTED, Reason.TLS_UNTRUSTED, phase, error.verify_message)
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return NoAnswerError(Outcome.HALTED, Reason.TLS_FAILED, phase, error.reason or "")
    reason = Reason.CANNOT_CONNECT if phase is SendGridPhase.CONNECT else Reason.DROPPED
    return NoAnswerError(Outcome.LATER, reason, phase, _error_words(cast("OSError", error)))
