"""Who knocks over HTTP: providers that report back (hooks), those who were written to (door), and staff (desk)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from broadcaster.config.scalars import Listen
from broadcaster.services.feedback import provider_reports
from broadcaster.services.project.project import Project
from broadcaster.web.app import application
from broadcaster.web.desk.request import Desk, Passwords
from broadcaster.web.desk.threads import Threads
from broadcaster.web.hooks import Hooks
from broadcaster.web.pages import Pages
from broadcaster.web.public import Door
from broadcaster.web.rate_limit import Turns
from broadcaster.web.report_worker import Applying
from broadcaster.web.server import answering
from broadcaster.web.worker_threads import AtOnce, OneEach, Workers

__all__ = ["open_to_all"]

PASSWORDS = 2
"""Passwords of one kind that are looked at together."""

DRAFTS = 2
"""Letters that are made together, to be looked at."""


@contextmanager
def open_to_all(
    project: Project, listen: Listen, ended: Callable[[], None], current: Callable[[], Project] | None = None
) -> Iterator[str]:
    """Answer hooks, door and desk at `listen` while the block lasts; yields the address.

    `ended` is called should it end by itself; `current` gives the desk the project with config.yaml as it stands at
    that moment. Raises ListenRefusedError, StoppedAnsweringError.
    """
    with (
        Applying(lambda: provider_reports.apply(project)) as applying,
        Workers("hooks") as to_hooks,
        Workers("door") as to_door,
        Workers("desk") as to_desk,
        OneEach("drafts", DRAFTS) as to_drafts,
        AtOnce("strangers", PASSWORDS) as to_strangers,
        AtOnce("known", PASSWORDS) as to_known,
        AtOnce("links", PASSWORDS) as to_links,
        Threads() as threads,
    ):
        app = application(
            project,
            Hooks(project, to_hooks, applying.wake),
            Door(project, Pages(project.settings), to_door, Turns()),
            Desk(
                current or (lambda: project),
                to_desk,
                to_drafts,
                Passwords(to_strangers, to_known, to_links, Turns()),
                threads,
            ),
        )
        with answering(app, listen, project.settings.public_url, ended) as address:
            yield address
