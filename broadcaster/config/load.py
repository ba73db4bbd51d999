"""Reading config.yaml: the file, the schema, and what contradicts itself, all in one list."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from broadcaster.config import cross
from broadcaster.config.schema import attempt, in_order
from broadcaster.config.settings import Settings
from broadcaster.config.yamlfile import survey
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.problems import Level, Problem

FILE = "config.yaml"

MAY_BE_EMPTY = [(key,) for key in ("pace", "signatories", "helplines", "people", "campaigns", "approvals", "links")]


def load_settings(root: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of the project folder `root`. Nothing is read from `environ` until a secret is asked for.

    Raises `ProblemsFoundError` with every problem and its line; what is only worth a second look is in
    `Settings.warnings`.
    """
    root = root.absolute()
    path = root / FILE
    if not path.exists():
        raise ProblemsFoundError((_missing(),))
    document = survey(path, root, may_be_empty=MAY_BE_EMPTY)
    settings, problems = attempt(document, Settings, {"root": root})
    found = list(cross.findings(document))
    errors = in_order([*problems, *(problem for problem in found if problem.level is Level.ERROR)])
    if settings is None or errors:
        raise ProblemsFoundError(errors)
    settings.bind(document, root, environ, in_order([problem for problem in found if problem.level is Level.WARNING]))
    return settings


def look_over(path: Path, root: Path) -> None:
    """See that a file could take the place of config.yaml. Raises `ProblemsFoundError` with every problem."""
    document = survey(path, root, may_be_empty=MAY_BE_EMPTY)
    _, problems = attempt(document, Settings, {"root": root})
    found = [*problems, *(problem for problem in cross.findings(document) if problem.level is Level.ERROR)]
    if found:
        raise ProblemsFoundError(in_order([replace(problem, file=FILE) for problem in found]))


def _missing() -> Problem:
    return Problem.error(
        "no-project",
        "there is no config.yaml here",
        "Go to your project folder, name it with  broadcaster -C FOLDER,  or make one with  broadcaster init.",
        file=FILE,
    )
