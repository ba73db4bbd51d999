"""Which texts of config.yaml that may differ by language a letter prints, without running it."""

from collections.abc import Iterable, Iterator, Mapping

from jinja2 import nodes

from broadcaster.letters.letter import Letter
from broadcaster.letters.load import FRAMES, NOTICE
from broadcaster.letters.parsed import Template, path_of
from broadcaster.letters.parsing import used_by

PER_LANGUAGE: Mapping[str, frozenset[str]] = {
    "organisation": frozenset({"name"}),
    "signatory": frozenset({"role"}),
    "campaign": frozenset({"title"}),
    "helplines": frozenset({"name", "says"}),
}
"""What of each of these roots may differ by language."""

ANY = "*"
"""Stands for every helpline where a letter picks them as it runs."""

Path = tuple[str, ...]
"""As letters write it: `("organisation", "name")`, `("helplines", "report", "says")`."""


def texts_used(letter: Letter, language: str) -> dict[Path, tuple[str, int]]:
    """The texts that a language of the letter can print, in its frames too, each with file and line of a first use.

    What is handed on whole, as a helpline to a macro, counts with all that is read of anything handed on: so a text may
    be named that is never printed, and none is missed.
    """
    found: dict[Path, tuple[str, int]] = {}
    for files in _programs(letter, language):
        loose = _read_of_others(files)
        for template in files:
            for path, line in _reached(template.tree):
                for full in _whole(path, loose):
                    found.setdefault(full, (template.shown, line))
    return found


def _programs(letter: Letter, language: str) -> Iterator[list[Template]]:
    yield used_by(letter.sources, letter.path(language))
    frames = (*FRAMES, NOTICE) if "body" in letter.parts(language) else ()
    yield from (used_by(letter.sources, frame) for frame in frames if frame in letter.sources)


def _reached(node: nodes.Node) -> Iterator[tuple[Path, int]]:
    """The longest written-out path at each place that leads to something of `PER_LANGUAGE`."""
    path = path_of(node)
    if path is not None:
        if path[0] in PER_LANGUAGE:
            yield path, node.lineno
        return
    for child in node.iter_child_nodes():
        yield from _reached(child)


def _whole(path: Path, loose: frozenset[str]) -> Iterator[Path]:
    """The texts that a path is, or holds."""
    root, steps = path[0], path[1:]
    names = PER_LANGUAGE[root]
    if root == "helplines":
        key, steps = (steps[0], steps[1:]) if steps else (ANY, ())
        root_path: Path = (root, key)
    else:
        root_path = (root,)
    if steps:
        yield from ((*root_path, name) for name in names & {steps[0]})
    else:
        yield from ((*root_path, name) for name in sorted(names & loose))


def _read_of_others(files: Iterable[Template]) -> frozenset[str]:
    """What is read of values that go by another name than the root's; all there is where that is worked out."""
    read: set[str] = set()
    for template in files:
        for node in template.tree.find_all((nodes.Getattr, nodes.Getitem)):
            path = path_of(node)
            if path is not None and path[0] in (*PER_LANGUAGE, "recipient", "links"):
                continue
            if isinstance(node, nodes.Getattr):
                read.add(node.attr)
            elif isinstance(node, nodes.Getitem):
                read |= _keys(node)
    return frozenset(read)


def _keys(node: nodes.Getitem) -> frozenset[str]:
    if isinstance(node.arg, nodes.Const):
        return frozenset({str(node.arg.value)})
    base = path_of(node.node)
    if base is not None and (base == ("helplines",) or base[0] == "recipient"):
        return frozenset()  # which helpline, or which column
    return frozenset().union(*PER_LANGUAGE.values())
