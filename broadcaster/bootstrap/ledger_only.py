"""Projects opened with their ledger and without providers, for reading and for commands that send nothing.

Loading the providers takes over a second: too long for a mail server that starts one process for each bounce.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from broadcaster.cache import RowCache
from broadcaster.config import Settings, load_settings
from broadcaster.keys import Keyring
from broadcaster.ledger import Ledger, LedgerReader
from broadcaster.ledger.upgrade import UpgradeResult
from broadcaster.services.project.errors import NotAProjectError
from broadcaster.services.project.project import Project, ProjectView


def load_project_settings(root: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of config.yaml in `root`. Raises NotAProjectError, ProblemsFoundError."""
    return load_settings(require_project_folder(root), environ)


def require_project_folder(root: Path) -> Path:
    """Return `root` if it holds a project. Raises NotAProjectError."""
    if not (root / "config.yaml").exists():
        raise NotAProjectError(f"There is no config.yaml in {root}.")
    return root


@contextmanager
def open_without_providers(settings: Settings, environ: Mapping[str, str] = os.environ) -> Iterator[Project]:
    """The project with its key and its ledger, and without providers and clock.

    Raises the errors of the keys and of the ledger.
    """
    keyring = Keyring.load(settings.key_file, environ)
    with Ledger.open(settings.database, keyring) as ledger:
        yield Project(settings, ledger, keyring, RowCache(settings.cache_folder, keyring), cron_wall_times)


def upgrade_ledger(root: Path, environ: Mapping[str, str] = os.environ, *, backup_made: bool) -> UpgradeResult | None:
    """Upgrade or create the ledger of the project in `root`; returns what was done, if anything.

    `backup_made` confirms that there is a backup; without one a ledger on PostgreSQL is not upgraded.
    Raises what `load_project_settings` and `open_without_providers` raise.
    """
    settings = load_project_settings(root, environ)
    keyring = Keyring.load(settings.key_file, environ)
    with Ledger.open(settings.database, keyring, backup_made=backup_made) as ledger:
        return ledger.upgrade


@contextmanager
def open_view_of_settings(settings: Settings, environ: Mapping[str, str] = os.environ) -> Iterator[ProjectView]:
    """A read-only view of the project: its ledger is not created, upgraded or written to.

    Raises the errors of the keys and of the ledger.
    """
    keyring = Keyring.load(settings.key_file, environ)
    with LedgerReader.open(settings.database, keyring) as ledger:
        yield ProjectView(settings, ledger, keyring, RowCache(settings.cache_folder, keyring), cron_wall_times)


@contextmanager
def open_view(root: Path, environ: Mapping[str, str] = os.environ) -> Iterator[ProjectView]:
    """A read-only view of the project in `root`. Raises what `load_project_settings` and
    `open_view_of_settings` raise.
    """
    with open_view_of_settings(load_project_settings(root, environ), environ) as view:
        yield view


def cron_wall_times(rule: str, after: datetime, until: datetime) -> Iterator[datetime]:
    """Walk a cron rule; raises CronError for one that cannot be read or never fires."""
    from broadcaster.clock import cron

    return cron.wall_times(cron.parse_rule(rule), after, until)
