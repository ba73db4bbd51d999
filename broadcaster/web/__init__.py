"""Who knocks over HTTP: providers that report back (hooks), those who were written to (door), and staff (desk)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from broadcaster.config.field_types.scalars import ListenAddress
from broadcaster.services.feedback import provider_reports
from broadcaster.services.project.project import Project
from broadcaster.web.app import create_application
from broadcaster.web.common.pages import PageRenderer
from broadcaster.web.common.rate_limit import LinkRateLimiter
from broadcaster.web.common.worker_threads import NoWaitWorkers, OnePerPersonWorkers, Workers
from broadcaster.web.desk.requests.visit import DeskContext, PasswordThreads
from broadcaster.web.desk.routing.handler_threads import HandlerThreads
from broadcaster.web.hooks import HookContext
from broadcaster.web.public import DoorContext
from broadcaster.web.report_worker import ReportWorker
from broadcaster.web.server import serve_application

__all__ = ["serve_web"]

PASSWORD_THREADS = 2
"""Passwords of one kind that are looked at together."""

DRAFT_THREADS = 2
"""Letters that are made together, to be looked at."""


@contextmanager
def serve_web(
    project: Project, listen: ListenAddress, ended: Callable[[], None], current: Callable[[], Project] | None = None
) -> Iterator[str]:
    """Answer hooks, door and desk at `listen` while the block lasts; yields the address.

    `ended` is called should it end by itself; `current` gives the desk the project with config.yaml as it stands at
    that moment. Raises ListenRefusedError, StoppedAnsweringError.
    """
    with (
        ReportWorker(lambda: provider_reports.apply(project)) as applying,
        Workers("hooks") as to_hooks,
        Workers("door") as to_door,
        Workers("desk") as to_desk,
        OnePerPersonWorkers("drafts", DRAFT_THREADS) as to_drafts,
        NoWaitWorkers("strangers", PASSWORD_THREADS) as to_strangers,
        NoWaitWorkers("known", PASSWORD_THREADS) as to_known,
        NoWaitWorkers("links", PASSWORD_THREADS) as to_links,
        HandlerThreads() as threads,
    ):
        app = create_application(
            project,
            HookContext(project, to_hooks, applying.wake),
            DoorContext(project, PageRenderer(project.settings), to_door, LinkRateLimiter()),
            DeskContext(
                current or (lambda: project),
                to_desk,
                to_drafts,
                PasswordThreads(to_strangers, to_known, to_links, LinkRateLimiter()),
                threads,
            ),
        )
        with serve_application(app, listen, project.settings.public_url, ended) as address:
            yield address
