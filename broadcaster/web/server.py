"""Answering over HTTP for as long as a block lasts: uvicorn in a thread of its own."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from litestar.types import ASGIApp

from broadcaster.config.field_types.scalars import ListenAddress
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.web.http_protocol import HEAD_BYTES, BoundedHttpProtocol
from broadcaster.web.middleware import refusal_headers

KEEP_ALIVE_SECONDS = 15
"""Seconds for which an idle connection is kept: providers send one request after another."""

GRACE_SECONDS = 5
"""Seconds that requests under way get when it ends."""

STARTING_SECONDS = 30.0
"""Seconds within which it must be up."""

_BACKLOG = 512

_log = logging.getLogger(__name__)


class ListenRefusedError(BroadcasterError):
    """The address of `listen` in config.yaml cannot be used, so nothing was started."""

    code = "listen-refused"
    default_remedy = (
        "Something else uses it, perhaps another `broadcaster serve`, or it is not an address of this machine. Stop "
        "that, or write another port as `listen` in config.yaml, and tell the proxy before it."
    )


class StoppedAnsweringError(BroadcasterError):
    """What answers over HTTP ended by itself."""

    code = "stopped-answering"
    default_remedy = "Start `broadcaster serve` again; nothing is lost. If it happens again, report it with its code."


@contextmanager
def serve_application(
    app: ASGIApp, listen: ListenAddress, public_url: str | None, ended: Callable[[], None]
) -> Iterator[str]:
    """Answer at `listen` while the block lasts; yields the address, `http://host:port`.

    `ended` is called should it end by itself, and then leaving the block raises StoppedAnsweringError. Raises
    ListenRefusedError, before anything is begun, when the address cannot be used.
    """
    listener = _bind_socket(listen)
    host, port = listener.getsockname()[:2]
    server = uvicorn.Server(_uvicorn_config(app, public_url))
    running = _ServerThread(server, listener, ended)
    running.start()
    try:
        yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    finally:
        running.stop()
    if running.failed:
        raise StoppedAnsweringError("What answers over HTTP ended by itself, so serving was stopped.")


def _bind_socket(listen: ListenAddress) -> socket.socket:
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    # With the protocol named, asyncio sends each answer at once; without, it lets Nagle keep its end back for 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((listen.host, listen.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        where = f"{listen.host}:{listen.port}"
        raise ListenRefusedError(f"Cannot listen on {where}: {error.strerror}.", file="config.yaml") from None
    return listener


def _uvicorn_config(app: ASGIApp, public_url: str | None) -> uvicorn.Config:
    protocol = type("Door", (BoundedHttpProtocol,), {"refusal": refusal_headers(public_url)})
    return uvicorn.Config(
        app,
        http=protocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level=logging.ERROR,
        access_log=False,  # tokens stand in addresses
        proxy_headers=False,  # anybody can write them
        server_header=False,
        h11_max_incomplete_event_size=HEAD_BYTES,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


class _ServerThread:
    """The server's thread. Off the main thread uvicorn leaves signals alone."""

    def __init__(self, server: uvicorn.Server, listener: socket.socket, ended: Callable[[], None]) -> None:
        self._server = server
        self._listener = listener
        self._ended = ended
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="answering", daemon=True)
        self.failed = False

    def start(self) -> None:
        self._thread.start()
        end = time.monotonic() + STARTING_SECONDS
        while not self._server.started and self._thread.is_alive() and time.monotonic() < end:
            time.sleep(0.005)
        if not self._server.started:
            self.stop()
            raise StoppedAnsweringError("What answers over HTTP could not be started.")

    def stop(self) -> None:
        self._stopping = True
        self._server.should_exit = True
        self._thread.join(GRACE_SECONDS + 5)

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listener])
        except BaseException as error:
            # SystemExit too: uvicorn means the process by it, and this is only a thread.
            _log.error("%s", unforeseen_error(error).message)
        finally:
            self._listener.close()
            if not self._stopping:
                self.failed = True
                self._ended()
