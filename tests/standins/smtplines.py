"""What a client sent, by lines, and what it sent without waiting."""

import select
import socket
import ssl

_AT_ONCE = 0.05
"""Seconds within which what was sent in one write has come."""


class Lines:
    """Reads a connection. Unlike a file of the standard library it can tell what has come and was not read yet."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""

    def readline(self) -> bytes:
        """The next line with its end; b"" where there is none any more."""
        while b"\n" not in self._buffer:
            data = self._connection.recv(65536)
            if not data:
                return b""
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line + b"\n"

    def drop_commands(self) -> int:
        """Forget what has come; how many whole lines it had."""
        while self._more():
            data = self._connection.recv(65536)
            if not data:
                break
            self._buffer += data
        count, self._buffer = self._buffer.count(b"\n"), b""
        return count

    def _more(self) -> bool:
        if isinstance(self._connection, ssl.SSLSocket) and self._connection.pending():
            return True
        return bool(select.select([self._connection], [], [], _AT_ONCE)[0])
