"""Threads that open connections, one each, so that a slow one delays no other."""

import socket
import ssl
import threading

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.reasons import Reason
from broadcaster.providers.smtp.connection.connect import FailedConnection, OpenConnection, open_connection
from broadcaster.providers.smtp.connection.route import Security, SmtpRoute
from broadcaster.providers.smtp.transactions.verdicts import SmtpPhase


class ConnectionThreads:
    """Starts openings and rings `bell` (a readable socket) when one has ended. All but the threads is one owner's."""

    def __init__(self, route: SmtpRoute) -> None:
        self.bell, self._rope = socket.socketpair()
        self.bell.setblocking(False)
        self.pending = 0
        self._route = route
        self._context: ssl.SSLContext | None = None
        self._lock = threading.Lock()
        self._ended: list[OpenConnection | FailedConnection] = []
        self._closed = False

    def start(self) -> None:
        """Begin one more opening."""
        self.pending += 1
        if self._context is None and self._route.security is not Security.PLAIN:
            try:
                self._context = tls_context(self._route)
            except OSError as error:  # ssl.SSLError is one
                detail = f"ca_file cannot be used: {error.strerror or error}"
                self._end(FailedConnection(Outcome.HALTED, Reason.TLS_UNTRUSTED, SmtpPhase.TLS, detail))
                return
        threading.Thread(target=self._open, name="smtp-opening", daemon=True).start()

    def collect(self) -> list[OpenConnection | FailedConnection]:
        """What has ended since the last call."""
        with self._lock:
            ended, self._ended = self._ended, []
            if ended:
                self.bell.recv(len(ended))
        self.pending -= len(ended)
        return ended

    def close(self) -> None:
        """Forget what is under way: it is closed as soon as it ends."""
        with self._lock:
            self._closed = True
            ended, self._ended = self._ended, []
        for opened in ended:
            _close_connection(opened)
        self.bell.close()
        self._rope.close()

    def _open(self) -> None:
        self._end(open_connection(self._route, self._context))

    def _end(self, result: OpenConnection | FailedConnection) -> None:
        with self._lock:
            if self._closed:
                _close_connection(result)
            else:
                self._ended.append(result)
                self._rope.send(b".")


def _close_connection(result: OpenConnection | FailedConnection) -> None:
    if isinstance(result, OpenConnection):
        result.sock.close()


def tls_context(route: SmtpRoute) -> ssl.SSLContext:
    """Certificates and host names are verified; there is no setting to switch that off."""
    context = ssl.create_default_context()
    if route.ca_file is not None:
        context.load_verify_locations(route.ca_file)
    return context
