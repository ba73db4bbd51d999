"""Who knocks over HTTP: providers that report back (hooks), those who were written to (door), and staff (desk)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from broadcaster.config.field_types.scalars import ListenAddress
from broadcaster.services.feedback import provider_reports
from broadcaster.services.project.project import Project
from broadcaster.web.app import create_application
from broadcaster.web.common.pages import PageRenderer
from broadcaster.web.common.rate_limit import LinkRateLimiter
from broadcaster.web.common.worker_threads import Workers
from broadcaster.web.hooks import HookContext
from broadcaster.web.late_application import LateApplication
from broadcaster.web.public import DoorContext
from broadcaster.web.report_worker import ReportWorker
from broadcaster.web.server import serve_application

__all__ = ["serve_web"]


@contextmanager
def serve_web(
    project: Project, listen: ListenAddress, ended: Callable[[], None], current: Callable[[], Project] | None = None
) -> Iterator[str]:
    """Answer hooks, door and desk at `listen` while the block lasts; yields the address.

    Hooks and door answer first; the desk's visitors wait until it is loaded, and so does the block. `ended` is called
    should it end by itself; `current` gives the desk the project with config.yaml as it stands at that moment. Raises
    ListenRefusedError, StoppedAnsweringError.
    """
    pages, desk = PageRenderer(project.settings), LateApplication()
    with (
        ReportWorker(lambda: provider_reports.apply(project)) as applying,
        Workers("hooks") as to_hooks,
        Workers("door") as to_door,
        ExitStack() as opened,  # the desk's threads outlast the server
    ):
        app = create_application(
            project,
            HookContext(project, to_hooks, applying.wake),
            DoorContext(project, pages, to_door, LinkRateLimiter()),
            desk,
        )
        with serve_application(app, listen, project.settings.public_url, ended) as address:
            from broadcaster.web.desk_application import open_desk

            desk.provide(opened.enter_context(open_desk(current or (lambda: project))))
            yield address
