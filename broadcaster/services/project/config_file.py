"""Edits of config.yaml at the desk: one at a time, written whole, with all other bytes unchanged."""

from collections.abc import Iterator
from contextlib import contextmanager

from broadcaster.config import check_config_file
from broadcaster.config.yaml_files.editing import YamlEditor
from broadcaster.files.locks import file_lock
from broadcaster.services.project.project import ProjectView

CONFIG_FILE = "config.yaml"


@contextmanager
def editing_config(project: ProjectView) -> Iterator[YamlEditor]:
    """An editor of config.yaml, under a file lock. Text editors take no lock; `save_config` notices their changes."""
    with file_lock(project.root / "var" / "config.lock"):
        yield YamlEditor(project.root / CONFIG_FILE, project.root)


def save_config(project: ProjectView, text: YamlEditor) -> None:
    """Write the changes. Raises EditedMeanwhileError, and ProblemsFoundError for a file that would not be valid.

    After an error the file is unchanged.
    """
    text.save(lambda path: check_config_file(path, project.root))
