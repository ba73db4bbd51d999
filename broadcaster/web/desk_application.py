"""The desk as an application of its own, with the threads that it works in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from litestar import Litestar

from broadcaster.services.project.project import Project
from broadcaster.web.app import ErrorPages
from broadcaster.web.common.pages import PageRenderer
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
def open_desk(current: Callable[[], Project], pages: PageRenderer) -> Iterator[Litestar]:
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
        yield create_desk(DeskContext(current, to_desk, to_drafts, passwords, threads), pages)


def create_desk(staff: DeskContext, pages: PageRenderer) -> Litestar:
    """Every route of the desk, without the shell around them."""
    return Litestar(
        [create_desk_router(staff)],
        exception_handlers={Exception: ErrorPages(pages)},
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
