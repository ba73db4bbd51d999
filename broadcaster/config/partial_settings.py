"""Partial settings of a config.yaml with errors. Only `check` uses them; every other command refuses the file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from broadcaster.config import cross_checks
from broadcaster.config.loading import CONFIG_FILE, MAY_BE_EMPTY, load_settings
from broadcaster.config.schema import sort_problems, validate_document
from broadcaster.config.settings import Settings
from broadcaster.config.yaml_files.document import YamlDocument, YamlValue, survey_yaml
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.problems import Problem, Severity

KeyPath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartialSettings:
    """The settings without what is wrong in them, None where too little is left; what is wrong, and what was left out.

    `lost` holds whole blocks such as `("quiet_hours",)` and keys of blocks such as `("helplines", "report")`.
    """

    settings: Settings | None
    problems: tuple[Problem, ...] = ()
    lost: frozenset[KeyPath] = frozenset()

    def is_lost(self, block: str, key: str) -> bool:
        """Whether this key of a block stands in the file and could not be read."""
        return not self.lost.isdisjoint({(block,), (block, key)})


def load_partial_settings(root: Path, environ: Mapping[str, str]) -> PartialSettings:
    """Read config.yaml as far as it can be read. Never raises for what stands in it."""
    root = root.absolute()
    try:
        return PartialSettings(load_settings(root, environ))
    except ProblemsFoundError as error:
        problems = error.problems
    document = survey_yaml(root / CONFIG_FILE, root, may_be_empty=MAY_BE_EMPTY)
    lost = frozenset(place for problem in problems for place in _key_paths_at_line(document, problem.line))
    settings, left = validate_document(_document_without(document, lost), Settings, {"root": root})
    if settings is None:
        # A block that cannot do without the key that was taken out goes as a whole.
        lost |= {(block,) for problem in left for block in _keys_at_line(document, document.data, (), problem.line)}
        settings, _ = validate_document(_document_without(document, lost), Settings, {"root": root})
    if settings is not None:
        warnings = [
            problem for problem in cross_checks.find_contradictions(document) if problem.level is Severity.WARNING
        ]
        settings.bind(document, root, environ, sort_problems(warnings))
    return PartialSettings(settings, problems, lost)


def _key_paths_at_line(document: YamlDocument, line: int | None) -> Iterable[KeyPath]:
    """The keys of blocks that a line belongs to, or the blocks where it belongs to no key of them."""
    for block in _keys_at_line(document, document.data, (), line):
        inside = document.data.get(block)
        keys = _keys_at_line(document, inside, (block,), line) if isinstance(inside, dict) else []
        yield from ((block, key) for key in keys)
        if not keys:
            yield (block,)


def _keys_at_line(document: YamlDocument, held: Iterable[str], above: KeyPath, line: int | None) -> list[str]:
    """The keys below `above` that begin last before the end of this line: several where they share a line."""
    begins = {key: at for key in held if (at := document.line((*above, key))) is not None and at <= (line or 0)}
    return [key for key, at in begins.items() if at == max(begins.values())]


def _document_without(document: YamlDocument, lost: Iterable[KeyPath]) -> YamlDocument:
    data: dict[str, YamlValue] = {
        block: dict(inside) if isinstance(inside, dict) else inside for block, inside in document.data.items()
    }
    for block, *key in lost:
        inside = data.get(block)
        if not key:
            data.pop(block, None)
        elif isinstance(inside, dict):
            inside.pop(key[0], None)
    return replace(document, data=data, problems=())
