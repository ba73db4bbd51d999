"""Wiring: opens a project folder, and connects ledger, providers, clock, engine and web server."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING

from broadcaster.bootstrap.ledger_only import (
    cron_wall_times,
    load_project_settings,
    open_view_of_settings,
    open_without_providers,
    require_project_folder,
)
from broadcaster.bootstrap.provider_factory import (
    make_available_providers,
    make_hooks,
    make_providers,
    settings_needing_restart,
)
from broadcaster.cache import RowCache
from broadcaster.config import Settings
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Problem
from broadcaster.keys import Keyring
from broadcaster.ledger import LedgerReader
from broadcaster.ledger.delivery import claims
from broadcaster.ledger.runner_processes import Runner
from broadcaster.services.project.project import Project, ProjectView, now

if TYPE_CHECKING:
    from broadcaster.engine import WakeSignal

LOADED_LATE = (
    *("keys.sealing", "keys.tokens", "clock.cron", "audiences.description.where_expression"),
    *("services.recipients.verification", "services.recipients.web_letter"),
    *("services.feedback.report_matching", "services.replies.inbound_texts"),
)
"""What no module imports at its top that a process loads which serves."""

_log = logging.getLogger(__name__)


@contextmanager
def open_project(root: Path, environ: Mapping[str, str] = os.environ) -> Iterator[Project]:
    """The project in `root`, with its key and its ledger, which is created or upgraded where needed.

    `environ` may hold a key and passwords. A missing password is an error only when something is sent. Raises
    NotAProjectError, ProblemsFoundError for config.yaml, and the errors of the keys and of the ledger.
    """
    settings = load_project_settings(root, environ)
    with open_without_providers(settings, environ) as project:
        yield replace(project, providers=make_available_providers(settings), hooks=make_hooks(settings))


def check_project_folder(root: Path) -> list[Problem]:
    """All problems in the project folder `root`.

    If key or ledger cannot be used, an empty ledger takes its place, so that letters and rosters are checked all the
    same. Raises NotAProjectError.
    """
    from broadcaster.config.partial_settings import load_partial_settings
    from broadcaster.services.project.security_checks import check_writable_by_all
    from broadcaster.services.setup import project_check

    read = load_partial_settings(require_project_folder(root), os.environ)
    if read.settings is None:
        return [*read.problems, *project_check.check_letters(root / "templates")]
    blocked: list[Problem] = []
    with ExitStack() as stack:
        try:
            project = stack.enter_context(open_view_of_settings(read.settings))
        except BroadcasterError as error:
            blocked.append(error.as_problem())
            project = stack.enter_context(_open_stand_in(read.settings))
        try:
            make_providers(read.settings)
            make_hooks(read.settings)
        except BroadcasterError as error:
            blocked.append(error.as_problem())
        return [*blocked, *check_writable_by_all(read.settings), *project_check.check_project(project, read)]


@contextmanager
def _open_stand_in(settings: Settings) -> Iterator[ProjectView]:
    """The project with a temporary key and cache, and an empty ledger."""
    with TemporaryDirectory() as folder:
        keyring = Keyring.create(Path(folder) / "key")
        with LedgerReader.open(f"sqlite:///{folder}/none.db", keyring) as ledger:
            yield ProjectView(settings, ledger, keyring, RowCache(Path(folder), keyring), cron_wall_times)


@contextmanager
def registered_runner(project: Project) -> Iterator[Runner]:
    """Register this process as a runner for as long as the block lasts.

    Work that dead runners left is recovered first: nothing of it is lost, and nothing is resent by itself.
    """
    with Runner.register(project.ledger) as runner:
        with project.ledger.writing() as conn:
            claims.recover(conn, now())
        yield runner


@contextmanager
def run_clock(project: Project, runner: Runner, bell: "WakeSignal") -> Iterator[None]:
    """Run the clock for as long as the block lasts: it releases what is due and wakes the workers by `bell`.

    config.yaml is read again when it changes. If a change needs a restart, `bell` stops the process with one. A broken
    config.yaml is reported, and the one before stays in force.
    """
    from broadcaster.clock.loop import ClockLoop
    from broadcaster.services.reporting.self_check import SelfCheck
    from broadcaster.services.sending import housekeeping

    current = _CurrentProject(project, bell)

    def release_due() -> datetime | None:
        newest = current.project()
        newest.ledger.renew_process_locks()
        # None while stopping: nothing may be released by one config.yaml and sent by another.
        following = None if bell.stopping else housekeeping.release_and_find_next(newest, runner.id)
        bell.wake()
        return following

    check = SelfCheck()

    def tidy() -> None:
        housekeeping.tidy(current.project())
        check(current.project())

    with ClockLoop(release_due, tidy, lambda: housekeeping.notify_staff(current.project())):
        yield


def preload_for_sending(settings: Settings) -> None:
    """Import at the start what is otherwise imported at its first use. Raises ImportError.

    A process that serves for weeks must not fail because a library was upgraded or removed meanwhile.
    """
    for module in LOADED_LATE:
        import_module(f"broadcaster.{module}")
    if settings.providers.twilio is not None:
        from broadcaster.providers.twilio.session import load_sdk

        load_sdk()


@contextmanager
def run_web_server(project: Project, bell: "WakeSignal") -> Iterator[str]:
    """Serve hooks, door and desk for as long as the block lasts; yields their address on this machine.

    Without `listen` in config.yaml nothing is opened, and "" is yielded. Raises ListenRefusedError.
    """
    if project.settings.listen is None:
        yield ""
        return
    from broadcaster.web import serve_web

    current = _CurrentProject(project, bell).project
    with serve_web(project, project.settings.listen, bell.stop, current) as address:
        yield address


FileStamp = tuple[int, int, int]


class _CurrentProject:
    """The project with config.yaml as it is now.

    Safe to share between threads: once rights have changed, no request uses the old ones while another thread reads.
    """

    def __init__(self, project: Project, bell: "WakeSignal") -> None:
        self._project = project
        self._bell = bell
        self._guard = Lock()
        self._stamp: FileStamp | None = (
            None  # so that the first check finds what changed while this process was starting
        )

    def project(self) -> Project:
        with self._guard:
            stamp = self._stamped()
            if stamp != self._stamp:
                self._reload_if_changed()
                self._stamp = stamp
            return self._project

    def _reload_if_changed(self) -> None:
        try:
            self._take(load_project_settings(self._project.root))
        except ProblemsFoundError as error:
            self._keep_with_problems(error.problems)
            for problem in error.problems:
                _log.error("%s [%s] %s", problem, problem.code, problem.remedy)
            _log.error("config.yaml has problems; what it said before stays in force.")
        except BroadcasterError as error:
            # A restart would fail with this file, and nothing would go out any more.
            self._keep_with_problems((error.as_problem(),))
            _log.error("%s [%s] %s", error.message, error.code, error.remedy)
            _log.error("config.yaml leads ways that are not ready; what it said before stays in force.")

    def _take(self, settings: Settings) -> None:
        if settings_needing_restart(settings) == settings_needing_restart(self._project.settings):
            self._project = replace(self._project, settings=settings, config_problems=())
        else:
            make_providers(settings)
            self._bell.stop(restart=True)

    def _keep_with_problems(self, problems: tuple[Problem, ...]) -> None:
        """Keep the settings of before, with the problems of the file now."""
        self._project = replace(self._project, config_problems=problems)

    def _stamped(self) -> FileStamp | None:
        try:
            found = (self._project.root / "config.yaml").stat()
        except OSError:
            return self._stamp  # an editor is replacing it just now
        # Two changes may fall into one tick of the file system's clock; the desk makes a new file of each.
        return (found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
