"""config.yaml as the desk changes it: one at a time, whole, and no other byte of it than was meant."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from broadcaster.config import check_config_file
from broadcaster.config.yaml_files.editing import YamlEditor
from broadcaster.services.project.project import ProjectView

CONFIG_FILE = "config.yaml"


@contextmanager
def editing_config(project: ProjectView) -> Iterator[YamlEditor]:
    """The file, open for changes; nobody else at the desk changes it meanwhile. An editor may, which `save_config`
    sees.
    """
    lock = project.root / "var" / "config.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield YamlEditor(project.root / CONFIG_FILE, project.root)


def save_config(project: ProjectView, text: YamlEditor) -> None:
    """Write it. Raises EditedMeanwhileError, and ProblemsFoundError, with the file as it was, if that would make it
    wrong.
    """
    text.save(lambda path: check_config_file(path, project.root))
