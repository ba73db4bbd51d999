"""A project folder, opened as far as its ledger: quick, and with nothing in hand that could send.

Loading all that sends takes over a second, which a mail system that hands over one bounce at a time does not have.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from broadcaster.config import Settings, load_settings
from broadcaster.keys import Keyring
from broadcaster.ledger import Ledger
from broadcaster.services.errors import NotAProjectError
from broadcaster.services.project import Project


def settings_of(root: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """What config.yaml in `root` says. Raises NotAProjectError where there is none, ProblemsFoundError for faults."""
    return load_settings(project_root(root), environ)


def project_root(root: Path) -> Path:
    """The folder itself, which holds a project. Raises NotAProjectError."""
    if not (root / "config.yaml").exists():
        raise NotAProjectError(f"There is no config.yaml in {root}.")
    return root


@contextmanager
def opened(settings: Settings, environ: Mapping[str, str] = os.environ) -> Iterator[Project]:
    """The project with its key and its ledger, and without providers and clock.

    Raises the errors of the keys and of the ledger.
    """
    keyring = Keyring.load(settings.key_file, environ)
    with Ledger.open(settings.database, keyring) as ledger:
        yield Project(settings, ledger, keyring, {}, _no_clock)


def _no_clock(rule: str, after: datetime, until: datetime) -> Iterator[datetime]:
    """Whoever opens a project so walks no rules."""
    del rule, after, until
    raise RuntimeError("this project was opened without a clock")
