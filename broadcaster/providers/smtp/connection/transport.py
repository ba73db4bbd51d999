"""The SMTP protocol over one socket. Never blocks."""

import contextlib
import selectors
import socket
import ssl

from broadcaster.providers.reasons import Reason
from broadcaster.providers.smtp.connection.route import SmtpTimeouts
from broadcaster.providers.smtp.transactions.envelope import QUIT
from broadcaster.providers.smtp.transactions.protocol import SmtpProtocol
from broadcaster.providers.smtp.transactions.replies import SmtpConnectionLostError
from broadcaster.providers.smtp.transactions.verdicts import SmtpPhase

_CHUNK = 65536
_TLS_RECORD = 16384  # RFC 8446 section 5.1

_WAIT = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class SmtpTransport:
    """One kept connection. `deadline` is on the monotonic clock, and means something only while the talk is busy."""

    __slots__ = ("_patience", "_replies", "_tls", "deadline", "sock", "talk")

    def __init__(self, sock: socket.socket, talk: SmtpProtocol, patience: SmtpTimeouts) -> None:
        self.sock = sock
        self.talk = talk
        self.deadline = 0.0
        self._patience = patience
        self._replies = -1
        self._tls = isinstance(sock, ssl.SSLSocket)

    @property
    def interest(self) -> int:
        """What the selector should watch for."""
        return selectors.EVENT_READ | (selectors.EVENT_WRITE if self.talk.out else 0)

    def begin(self, now: float) -> None:
        """Start on the next message of the errand. Raises TalkBrokenError."""
        self.talk.begin()
        self._replies = -1
        self.flush(now)

    def read(self, now: float) -> None:
        """Hear what has come and say what follows from it. Raises TalkBrokenError."""
        self._hear()
        self.flush(now)

    def flush(self, now: float) -> None:
        """Send what can be sent without waiting. Raises TalkBrokenError."""
        had = bool(self.talk.out)
        if had:
            try:
                self._send()
            except OSError as error:
                self._last_words(error)
        # A reply or a finished write is progress and sets the clock anew; a trickle of bytes is not.
        if self._replies != self.talk.replies or (had and not self.talk.out):
            self._replies = self.talk.replies
            self.deadline = now + self._allowed()

    def close(self) -> None:
        """Let go of the socket without another word."""
        self.sock.close()

    def say_goodbye(self) -> None:
        """QUIT, without waiting to be heard."""
        with contextlib.suppress(OSError):
            self.sock.send(QUIT)

    def _send(self) -> None:
        talk = self.talk
        while talk.out:
            # A TLS socket may have sent what it did not say it has: then the dot counts as gone once it was offered.
            part = talk.out[:_TLS_RECORD] if self._tls else talk.out
            if self._tls:
                talk.offering(len(part))
            try:
                talk.sent(self.sock.send(part))
            except _WAIT:
                return

    def _hear(self) -> bool:
        """Whether there was anything to hear."""
        while True:
            try:
                data = self.sock.recv(_CHUNK)
            except _WAIT:
                return False
            except OSError as error:
                raise SmtpConnectionLostError(Reason.DROPPED, error.strerror or "") from error
            if not data:
                raise SmtpConnectionLostError(Reason.DROPPED, "the server closed the connection")
            self.talk.feed(data)
            if not self._has_more(data):
                return True

    def _has_more(self, data: bytes) -> bool:
        if isinstance(self.sock, ssl.SSLSocket):
            return self.sock.pending() > 0
        return len(data) == _CHUNK

    def _last_words(self, error: OSError) -> None:
        """The other side is gone, but what it said before may still lie in the buffer, an acceptance among it."""
        while self._hear():
            continue
        raise SmtpConnectionLostError(Reason.DROPPED, error.strerror or "") from error

    def _allowed(self) -> float:
        patience = self._patience
        phase = self.talk.phase
        if phase is SmtpPhase.FINAL_DOT:
            return patience.body if self.talk.out else patience.final_dot
        if phase is SmtpPhase.BODY:
            return patience.body
        return patience.data if phase is SmtpPhase.DATA else patience.command
