"""Security checks: a project that every user of the machine may write, and a process that runs as root."""

import os
import stat
from collections.abc import Iterator

from broadcaster.config import Settings
from broadcaster.config.yaml_files.document import path_in_messages
from broadcaster.domain.problems import Problem


def check_writable_by_all(settings: Settings) -> Iterator[Problem]:
    """A warning for the project's folder, config.yaml and the key's folder where every user may write them.

    A key file that others may read is refused before.
    """
    root = settings.root
    for path in dict.fromkeys((root, root / "config.yaml", settings.key_file.parent)):
        try:
            mode = path.stat().st_mode
        except OSError:
            continue
        if mode & stat.S_IWOTH:
            file = path_in_messages(path, root)
            what = "the project's folder" if path == root else file
            yield Problem.warning(
                "writable-by-all",
                f"every user of this machine may write {what}, and so change what is sent",
                f"chmod o-w {path}",
                file=file,
            )


def check_runs_as_root() -> Iterator[Problem]:
    """A warning if this process runs as root: whoever takes it over would have the whole machine."""
    if os.geteuid() == 0:
        yield Problem.warning(
            "runs-as-root",
            "this runs as root, and needs none of its rights",
            "Run it as a user of its own; docs/running.md has an example for systemd.",
        )
