"""What lets others on this machine change what is sent: a project that all may write, and a service that is root."""

import os
import stat
from collections.abc import Iterator

from broadcaster.config import Settings
from broadcaster.config.yaml_files.document import path_in_messages
from broadcaster.domain.problems import Problem


def check_writable_by_all(settings: Settings) -> Iterator[Problem]:
    """A warning for each of the project's folder, config.yaml and the key's folder that every user may write; a key
    that others may use is refused before.
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
    """A warning where this process may do everything: whoever gets into it gets the machine."""
    if os.geteuid() == 0:
        yield Problem.warning(
            "runs-as-root",
            "this runs as root, and needs none of its rights",
            "Run it as a user of its own; docs/running.md has an example for systemd.",
        )
