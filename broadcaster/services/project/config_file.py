"""Changing config.yaml at the desk: one change at a time, whole, and no byte of it but those that were meant."""

from collections.abc import Iterator
from contextlib import contextmanager

from broadcaster.config import check_config_file
from broadcaster.config.yaml_files.editing import YamlEditor
from broadcaster.files.locks import file_lock
from broadcaster.services.project.project import ProjectView

CONFIG_FILE = "config.yaml"


@contextmanager
def editing_config(project: ProjectView) -> Iterator[YamlEditor]:
    """config.yaml, open for changes, under a lock between processes. A text editor takes no lock: `save_config` sees
    what it changed.
    """
    with file_lock(project.root / "var" / "config.lock"):
        yield YamlEditor(project.root / CONFIG_FILE, project.root)


def save_config(project: ProjectView, text: YamlEditor) -> None:
    """Write the changes. Raises EditedMeanwhileError, and ProblemsFoundError where they would make the file wrong; then
    it stays as it was.
    """
    text.save(lambda path: check_config_file(path, project.root))
