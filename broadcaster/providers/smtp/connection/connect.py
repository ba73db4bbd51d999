"""Opening a connection that may carry mail: TCP, TLS, greeting, EHLO, AUTH. Blocks, so it has its own thread.

`smtplib` speaks the commands and the sign-in; reading is ours, for `smtplib` would follow a reply without end.
"""

import smtplib
import socket
import ssl
import time
from dataclasses import dataclass
from typing import NoReturn

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.reasons import Reason
from broadcaster.providers.redaction import redact
from broadcaster.providers.smtp.connection.route import Security, SmtpRoute
from broadcaster.providers.smtp.transactions.envelope import ServerExtensions
from broadcaster.providers.smtp.transactions.replies import ReplyReader, SmtpConnectionLostError, SmtpReply
from broadcaster.providers.smtp.transactions.verdicts import SmtpPhase


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """A connection ready for MAIL, its socket non-blocking."""

    sock: socket.socket
    offer: ServerExtensions


@dataclass(frozen=True, slots=True)
class FailedConnection:
    """Why there is no connection. `slow` when the time ran out: trying again at once would only wait again."""

    outcome: Outcome
    reason: Reason
    phase: SmtpPhase
    detail: str
    slow: bool = False


class _BoundedSmtpClient(smtplib.SMTP):
    """`smtplib` with a time limit for whole replies, and with bounds."""

    def __init__(self, name: str, patience: float) -> None:
        super().__init__(local_hostname=name)
        self.patience = patience
        self._reader = ReplyReader()
        self._replies: list[SmtpReply] = []

    def getreply(self) -> tuple[int, bytes]:
        """The next reply. Raises TalkBrokenError, TimeoutError and other OSErrors."""
        if self.sock is None:
            raise SmtpConnectionLostError(Reason.DROPPED, "not connected")
        limit = time.monotonic() + self.patience
        while not self._replies:
            left = limit - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.sock.settimeout(left)
            data = self.sock.recv(65536)
            if not data:
                raise SmtpConnectionLostError(Reason.DROPPED, "the server closed the connection")
            self._replies = list(self._reader.feed(data))
        reply = self._replies.pop(0)
        if self._replies or self._reader.partial:
            # Nothing was pipelined yet, so this was not asked for; before STARTTLS it could even be another's words.
            raise SmtpConnectionLostError(Reason.GARBLED, "more replies than commands")
        return reply.code, reply.text.encode("ascii", "replace")


class _OpeningStoppedError(Exception):
    def __init__(self, stop: FailedConnection) -> None:
        super().__init__(stop.detail)
        self.stop = stop


def open_connection(route: SmtpRoute, context: ssl.SSLContext | None) -> OpenConnection | FailedConnection:
    """Open one connection. Never raises for what the network or the server does; `context` is for TLS routes."""
    opening = _ConnectionOpening(route, context)
    try:
        return opening.run()
    except _OpeningStoppedError as error:
        return error.stop
    except SmtpConnectionLostError as error:
        return opening.failed(error.reason, error.detail)
    except UnicodeError:
        return opening.failed(Reason.NAME_NOT_FOUND, "not a host name")
    except OSError as error:
        return opening.explain(error)
    finally:
        opening.let_go()


class _ConnectionOpening:
    def __init__(self, route: SmtpRoute, context: ssl.SSLContext | None) -> None:
        self._route = route
        self._context = context
        self._phase = SmtpPhase.CONNECT
        self._sock: socket.socket | None = None

    def run(self) -> OpenConnection:
        patience = self._route.patience
        sock = self._sock = socket.create_connection((self._route.host, self._route.port), patience.connect)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._route.security is Security.IMPLICIT:
            sock = self._encrypt(sock)
        caller = _BoundedSmtpClient(_own_host_name(sock), patience.greeting)
        caller.sock = sock
        self._phase = SmtpPhase.GREETING
        self._expect(220, *caller.getreply())
        caller.patience = patience.command
        self._introduce(caller)
        if self._route.security is Security.STARTTLS:
            self._start_tls(caller, sock)
        self._sign_in(caller)
        sock, self._sock = self._sock, None
        sock.setblocking(False)
        return OpenConnection(sock, _read_extensions(caller))

    def let_go(self) -> None:
        if self._sock is not None:
            self._sock.close()

    def failed(self, reason: Reason, detail: str) -> FailedConnection:
        return FailedConnection(Outcome.LATER, reason, self._phase, redact(detail))

    def explain(self, error: OSError) -> FailedConnection:
        """What an error of the operating system or of TLS means in this phase."""
        if isinstance(error, TimeoutError):
            return FailedConnection(Outcome.LATER, Reason.TIMED_OUT, self._phase, "", slow=True)
        if isinstance(error, socket.gaierror):
            return self.failed(Reason.NAME_NOT_FOUND, error.strerror or "")
        if isinstance(error, ssl.SSLCertVerificationError):
            return FailedConnection(Outcome.HALTED, Reason.TLS_UNTRUSTED, self._phase, error.verify_message)
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return FailedConnection(Outcome.HALTED, Reason.TLS_FAILED, self._phase, error.reason or "")
        reason = Reason.CANNOT_CONNECT if self._phase is SmtpPhase.CONNECT else Reason.DROPPED
        return self.failed(reason, error.strerror or "")

    def _encrypt(self, sock: socket.socket) -> ssl.SSLSocket:
        self._phase = SmtpPhase.TLS
        context = self._context or ssl.create_default_context()
        sock.settimeout(self._route.patience.connect)
        secure = context.wrap_socket(sock, server_hostname=self._route.host)
        self._sock = secure
        return secure

    def _introduce(self, caller: _BoundedSmtpClient) -> None:
        self._phase = SmtpPhase.EHLO
        code, text = caller.ehlo()
        if code // 100 == 5 and self._route.security is not Security.STARTTLS and self._route.sign_in is None:
            code, text = caller.helo()  # a server from before RFC 1869 still takes mail
        self._expect(250, code, text)

    def _start_tls(self, caller: _BoundedSmtpClient, sock: socket.socket) -> None:
        self._phase = SmtpPhase.TLS
        if not caller.has_extn("starttls"):
            self._stop(Reason.TLS_NOT_OFFERED, "STARTTLS is not among what the server offers")
        self._expect(220, *caller.docmd("STARTTLS"))
        caller.sock = self._encrypt(sock)
        self._introduce(caller)  # what was said in the clear no longer counts (RFC 3207 section 4.2)

    def _sign_in(self, caller: _BoundedSmtpClient) -> None:
        account = self._route.sign_in
        if account is None:
            return
        self._phase = SmtpPhase.AUTH
        try:
            caller.login(account.username, account.password)
        except smtplib.SMTPAuthenticationError as error:
            text = error.smtp_error if isinstance(error.smtp_error, bytes) else error.smtp_error.encode()
            self._expect(235, error.smtp_code, text)
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPException:
            self._stop(Reason.SIGN_IN_NOT_OFFERED, "no way to sign in that both sides know")
        except ValueError:
            self._stop(Reason.SIGN_IN_REFUSED, "the user name or password has characters that cannot be sent")

    def _expect(self, wanted: int, code: int, text: bytes) -> None:
        if code == wanted:
            return
        detail = redact(f"{code} {text.decode('ascii', 'replace')}")
        if code // 100 == 5:
            self._stop(_REFUSED[self._phase], detail)
        reason = {421: Reason.BUSY}.get(code, Reason.TRY_LATER if code // 100 == 4 else Reason.GARBLED)
        raise _OpeningStoppedError(self.failed(reason, detail))

    def _stop(self, reason: Reason, detail: str) -> NoReturn:
        raise _OpeningStoppedError(FailedConnection(Outcome.HALTED, reason, self._phase, detail))


_REFUSED = {
    SmtpPhase.GREETING: Reason.NOT_WELCOME,
    SmtpPhase.EHLO: Reason.NOT_WELCOME,
    SmtpPhase.TLS: Reason.TLS_NOT_OFFERED,
    SmtpPhase.AUTH: Reason.SIGN_IN_REFUSED,
}


def _own_host_name(sock: socket.socket) -> str:
    """What EHLO says of us: the host's name if it is a full one, else the address (RFC 5321 section 4.1.4). No DNS."""
    name = socket.gethostname()
    if "." in name and name.isascii():
        return name
    address = str(sock.getsockname()[0])
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _read_extensions(caller: _BoundedSmtpClient) -> ServerExtensions:
    size = caller.esmtp_features.get("size", "")
    return ServerExtensions(
        pipelining=caller.has_extn("pipelining"),
        dsn=caller.has_extn("dsn"),
        eight_bit=caller.has_extn("8bitmime"),
        takes_size=caller.has_extn("size"),
        size=int(size) if size.isascii() and size.isdigit() else 0,
    )
