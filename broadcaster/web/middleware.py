"""What stands around the whole application: no answer leaves without its headers, and no error as it happened."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from litestar.enums import HttpMethod, ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from broadcaster.domain.unexpected_error import unforeseen_error

Header = tuple[bytes, bytes]

_log = logging.getLogger(__name__)

_EVERYWHERE: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"x-robots-tag", b"noindex, nofollow"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_POLICY: Header = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'")
_TRANSPORT: Header = (b"strict-transport-security", b"max-age=63072000")
"""Two years. Not for other names below the same domain: those are not ours to decide about (RFC 6797, 6.1.2)."""


def headers_of_every_answer(public_url: str | None) -> tuple[Header, ...]:
    """The headers of every answer, but the content security policy, which pages may have of their own."""
    return (*_EVERYWHERE, _TRANSPORT) if urlsplit(public_url or "").scheme == "https" else _EVERYWHERE


def refusal_headers(public_url: str | None) -> list[Header]:
    """The headers of an answer that never gets as far as the application."""
    return [*headers_of_every_answer(public_url), _POLICY]


class OuterMiddleware:
    """An ASGI application around another one. `state` is what its handlers find in the state of each request.

    It answers HEAD as it would GET, without the body. It takes away the path that `public_url` has, so that a proxy may
    pass it on or not. Where `public_url` is https it tells browsers to come by nothing else.
    """

    def __init__(self, app: ASGIApp, public_url: str | None, state: Mapping[str, Any]) -> None:
        self._app = app
        self._state = state
        self._headers = headers_of_every_answer(public_url)
        self._prefix = urlsplit(public_url or "").path.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            return  # no request of HTTP; the server takes no others
        head = scope["method"] == "HEAD"
        answer = _AnswerSender(send, self._headers, head=head)
        try:
            await self._app(self._inside(scope, head=head), receive, answer.send)
        except Exception as error:
            _log.error("%s", unforeseen_error(error).message)
            if not answer.begun:
                await answer.broken()

    def _inside(self, scope: HTTPScope, *, head: bool) -> HTTPScope:
        inside = scope.copy()
        inside["state"] = dict(self._state)
        if head:
            inside["method"] = HttpMethod.GET
        path, raw, prefix = scope["path"], scope["raw_path"], self._prefix
        if prefix and (path == prefix or path.startswith(f"{prefix}/")) and raw.startswith(prefix.encode()):
            inside["path"] = path[len(prefix) :] or "/"
            inside["raw_path"] = raw[len(prefix.encode()) :] or b"/"
        return inside


class _AnswerSender:
    """One answer on its way out."""

    def __init__(self, send: Send, added: Iterable[Header], *, head: bool) -> None:
        self._send = send
        self._added = tuple(added)
        self._head = head
        self.begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            own = list(message["headers"])
            said = {name.lower() for name, _ in own}
            message["headers"] = [*own, *(header for header in (*self._added, _POLICY) if header[0] not in said)]
        elif message["type"] == "http.response.body" and self._head:
            message["body"] = b""
        await self._send(message)

    async def broken(self) -> None:
        """What is said when something went wrong that nobody foresaw."""
        body = b"Something went wrong on our side. Please try again later.\n"
        kind = (b"content-type", b"text/plain; charset=utf-8")
        length = (b"content-length", str(len(body)).encode())
        await self.send({"type": "http.response.start", "status": 500, "headers": [kind, length]})
        await self.send({"type": "http.response.body", "body": body, "more_body": False})
