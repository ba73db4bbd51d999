"""config.yaml as the desk changes it: one at a time, whole, and no other byte of it than was meant."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from broadcaster.config import look_over
from broadcaster.config.yamledit import YamlText
from broadcaster.services.project.project import ProjectView

FILE = "config.yaml"


@contextmanager
def changing(project: ProjectView) -> Iterator[YamlText]:
    """The file, open for changes; nobody else at the desk changes it meanwhile. An editor may, which `save` sees."""
    lock = project.root / "var" / "config.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield YamlText(project.root / FILE, project.root)


def save(project: ProjectView, text: YamlText) -> None:
    """Write it. Raises EditedMeanwhileError, and ProblemsFoundError, with the file as it was, if that would make it
    wrong.
    """
    text.save(lambda path: look_over(path, project.root))
