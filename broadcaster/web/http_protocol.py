"""HTTP/1.1 as uvicorn speaks it, with bounds that it lacks: the head of a request must come, and in time."""

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

from broadcaster.web.middleware import Header

HEAD_SECONDS = 10.0
"""From a connection's beginning, or the first byte of a further request on it, to the end of the request's head."""

HEAD_BYTES = 16 * 1024
"""Of a request's first line and headers together."""

CONNECTIONS = 500
"""Open at once; beyond them, new ones are closed. A provider comes with a few dozen."""


class BoundedHttpProtocol(H11Protocol):
    """One connection. `refusal` are the headers of what is answered to something that is no HTTP."""

    refusal: ClassVar[list[Header]] = []

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            transport.abort()
        else:
            self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        between_requests = self.cycle is None or self.cycle.response_complete
        if not between_requests or self.transport.is_closing():
            self._disarm()
        else:
            self._arm()

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be read, always with the same."""
        del msg  # what is wrong with it
        if self.cycle is None or self.cycle.response_complete:
            body = b"bad request\n"
            head = [
                b"HTTP/1.1 400 Bad Request",
                b"content-type: text/plain; charset=utf-8",
                b"content-length: %d" % len(body),
                b"connection: close",
                *(b"%s: %s" % header for header in self.refusal),
            ]
            self.transport.write(b"\r\n".join(head) + b"\r\n\r\n" + body)
        self.transport.close()

    def _arm(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
