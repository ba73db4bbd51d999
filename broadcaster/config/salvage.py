"""What of config.yaml can be used while other places in it are wrong: `check` looks on, everything else refuses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from broadcaster.config import cross
from broadcaster.config.load import FILE, MAY_BE_EMPTY, load_settings
from broadcaster.config.schema import attempt, in_order
from broadcaster.config.settings import Settings
from broadcaster.config.yamlfile import Document, Value, survey
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.problems import Level, Problem

Place = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Salvaged:
    """The settings without what is wrong in them, None where too little is left; what is wrong, and what was left out.

    `lost` holds whole blocks such as `("quiet_hours",)` and keys of blocks such as `("helplines", "report")`.
    """

    settings: Settings | None
    problems: tuple[Problem, ...] = ()
    lost: frozenset[Place] = frozenset()

    def is_lost(self, block: str, key: str) -> bool:
        """Whether this key of a block stands in the file and could not be read."""
        return not self.lost.isdisjoint({(block,), (block, key)})


def salvage(root: Path, environ: Mapping[str, str]) -> Salvaged:
    """Read config.yaml as far as it can be read. Never raises for what stands in it."""
    root = root.absolute()
    try:
        return Salvaged(load_settings(root, environ))
    except ProblemsFoundError as error:
        problems = error.problems
    document = survey(root / FILE, root, may_be_empty=MAY_BE_EMPTY)
    lost = frozenset(place for problem in problems for place in _inner(document, problem.line))
    settings, left = attempt(_without(document, lost), Settings, {"root": root})
    if settings is None:
        # A block that cannot do without the key that was taken out goes as a whole.
        lost |= {(block,) for problem in left for block in _at(document, document.data, (), problem.line)}
        settings, _ = attempt(_without(document, lost), Settings, {"root": root})
    if settings is not None:
        warnings = [problem for problem in cross.findings(document) if problem.level is Level.WARNING]
        settings.bind(document, root, environ, in_order(warnings))
    return Salvaged(settings, problems, lost)


def _inner(document: Document, line: int | None) -> Iterable[Place]:
    """The keys of blocks that a line belongs to, or the blocks where it belongs to no key of them."""
    for block in _at(document, document.data, (), line):
        inside = document.data.get(block)
        keys = _at(document, inside, (block,), line) if isinstance(inside, dict) else []
        yield from ((block, key) for key in keys)
        if not keys:
            yield (block,)


def _at(document: Document, held: Iterable[str], above: Place, line: int | None) -> list[str]:
    """The keys below `above` that begin last before the end of this line: several where they share a line."""
    begins = {key: at for key in held if (at := document.line((*above, key))) is not None and at <= (line or 0)}
    return [key for key, at in begins.items() if at == max(begins.values())]


def _without(document: Document, lost: Iterable[Place]) -> Document:
    data: dict[str, Value] = {
        block: dict(inside) if isinstance(inside, dict) else inside for block, inside in document.data.items()
    }
    for block, *key in lost:
        inside = data.get(block)
        if not key:
            data.pop(block, None)
        elif isinstance(inside, dict):
            inside.pop(key[0], None)
    return replace(document, data=data, problems=())
