"""An application that is made while the server answers already, and which part of the server a path belongs to."""

import asyncio
from concurrent.futures import Future

from litestar.types import ASGIApp, Receive, Scope, Send
from litestar.utils.path import normalize_path


class LateApplication:
    """An ASGI application in the place of one that is still being made: requests wait until it is there."""

    def __init__(self) -> None:
        self._made: Future[ASGIApp] = Future()

    def provide(self, app: ASGIApp) -> None:
        """Here it is. May be called from another thread, once."""
        self._made.set_result(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Shielded: the end of one request that waits is not the end of what all wait for.
        app = await asyncio.shield(asyncio.wrap_future(self._made)) if not self._made.done() else self._made.result()
        await app(scope, receive, send)


class PathSwitch:
    """One application for `prefix` and what lies below it, another for every other path."""

    def __init__(self, prefix: str, below: ASGIApp, otherwise: ASGIApp) -> None:
        self._prefix = prefix
        self._below = below
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = normalize_path(scope["path"])  # as Litestar does it before it looks for a route
        inside = path == self._prefix or path.startswith(f"{self._prefix}/")
        await (self._below if inside else self._otherwise)(scope, receive, send)
