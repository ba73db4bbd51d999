"""The desk as an application of its own, with the threads that it works in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from litestar import Litestar
from litestar.types import ASGIApp, Receive, Scope, Send

from broadcaster.services.project.project import Project
from broadcaster.web.app import answer_error
from broadcaster.web.common.rate_limit import LinkRateLimiter
from broadcaster.web.common.worker_threads import NoWaitWorkers, OnePerPersonWorkers, Workers
from broadcaster.web.desk import create_desk_router
from broadcaster.web.desk.requests.visit import DeskContext, PasswordThreads
from broadcaster.web.desk.routing.handler_threads import HandlerThreads

PASSWORD_THREADS = 2
"""Passwords of one kind that are looked at together."""

DRAFT_THREADS = 2
"""Letters that are made together, to be looked at."""


@contextmanager
def open_desk(current: Callable[[], Project]) -> Iterator[ASGIApp]:
    """The desk, for as long as the block lasts. `current` gives the project as config.yaml stands at that moment."""
    with (
        Workers("desk") as to_desk,
        OnePerPersonWorkers("drafts", DRAFT_THREADS) as to_drafts,
        NoWaitWorkers("strangers", PASSWORD_THREADS) as to_strangers,
        NoWaitWorkers("known", PASSWORD_THREADS) as to_known,
        NoWaitWorkers("links", PASSWORD_THREADS) as to_links,
        HandlerThreads() as threads,
    ):
        passwords = PasswordThreads(to_strangers, to_known, to_links, LinkRateLimiter())
        desk, routes = DeskContext(current, to_desk, to_drafts, passwords, threads), create_desk_routes()

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            scope["state"]["desk"] = desk
            await routes(scope, receive, send)

        yield answer


@cache
def create_desk_routes() -> Litestar:
    """Every route of the desk, without the shell around them: the same for all projects, as `create_public_routes`."""
    return Litestar(
        [create_desk_router()],
        exception_handlers={Exception: answer_error},
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
