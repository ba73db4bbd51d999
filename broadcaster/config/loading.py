"""Reading config.yaml: the file, the schema, and what contradicts itself, all in one list."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from broadcaster.config import cross_checks
from broadcaster.config.schema import sort_problems, validate_document
from broadcaster.config.settings import Settings
from broadcaster.config.yaml_files.document import YamlDocument, survey_yaml, survey_yaml_text
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.problems import Problem, Severity

CONFIG_FILE = "config.yaml"

MAY_BE_EMPTY = [(key,) for key in ("pace", "signatories", "helplines", "people", "campaigns", "approvals", "links")]


def load_settings(root: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of the project folder `root`. Nothing is read from `environ` until a secret is asked for.

    Raises `ProblemsFoundError` with every problem and its line; what is only worth a second look is in
    `Settings.warnings`.
    """
    root = root.absolute()
    path = root / CONFIG_FILE
    if not path.exists():
        raise ProblemsFoundError((_missing_file_problem(),))
    return _settings_of(survey_yaml(path, root, may_be_empty=MAY_BE_EMPTY), root, environ)


def settings_of_text(text: str, root: Path) -> Settings:
    """The settings that config.yaml would be with this text, to compare them. They know no secret.

    Raises `ProblemsFoundError` as `load_settings` does.
    """
    root = root.absolute()
    return _settings_of(survey_yaml_text(text, CONFIG_FILE, may_be_empty=MAY_BE_EMPTY), root, {})


def _settings_of(document: YamlDocument, root: Path, environ: Mapping[str, str]) -> Settings:
    settings, problems = validate_document(document, Settings, {"root": root})
    found = list(cross_checks.find_contradictions(document))
    errors = sort_problems([*problems, *(problem for problem in found if problem.level is Severity.ERROR)])
    if settings is None or errors:
        raise ProblemsFoundError(errors)
    settings.bind(
        document, root, environ, sort_problems([problem for problem in found if problem.level is Severity.WARNING])
    )
    return settings


def check_config_file(path: Path, root: Path) -> None:
    """See that a file could take the place of config.yaml. Raises `ProblemsFoundError` with every problem."""
    document = survey_yaml(path, root, may_be_empty=MAY_BE_EMPTY)
    _, problems = validate_document(document, Settings, {"root": root})
    found = [
        *problems,
        *(problem for problem in cross_checks.find_contradictions(document) if problem.level is Severity.ERROR),
    ]
    if found:
        raise ProblemsFoundError(sort_problems([replace(problem, file=CONFIG_FILE) for problem in found]))


def _missing_file_problem() -> Problem:
    return Problem.error(
        "no-project",
        "there is no config.yaml here",
        "Go to your project folder, name it with  broadcaster -C FOLDER,  or make one with  broadcaster init.",
        file=CONFIG_FILE,
    )
