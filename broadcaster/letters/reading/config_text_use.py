"""Which texts of config.yaml that may differ by language a letter prints, without running it."""

from collections.abc import Iterable, Iterator, Mapping

from jinja2 import nodes

from broadcaster.letters.model.letter import Letter
from broadcaster.letters.reading.loader import EMAIL_FRAMES, NOTICE_FRAME
from broadcaster.letters.templating.parser import parse_with_includes
from broadcaster.letters.templating.syntax_tree import ParsedTemplate, attribute_path

TEXTS_PER_LANGUAGE: Mapping[str, frozenset[str]] = {
    "organisation": frozenset({"name"}),
    "signatory": frozenset({"role"}),
    "campaign": frozenset({"title"}),
    "helplines": frozenset({"name", "says"}),
}
"""What of each of these roots may differ by language."""

ANY_KEY = "*"
"""Stands for every helpline where a letter picks them as it runs."""

ConfigPath = tuple[str, ...]
"""As letters write it: `("organisation", "name")`, `("helplines", "report", "says")`."""


def config_texts_used(letter: Letter, language: str) -> dict[ConfigPath, tuple[str, int]]:
    """The texts that a language of the letter can print, in its frames too, each with file and line of a first use.

    What is handed on whole, as a helpline to a macro, counts with all that is read of anything handed on: so a text may
    be named that is never printed, and none is missed.
    """
    found: dict[ConfigPath, tuple[str, int]] = {}
    for files in _parsed_file_sets(letter, language):
        loose = _paths_by_other_names(files)
        for template in files:
            for path, line in _longest_paths(template.tree):
                for full in _texts_under_path(path, loose):
                    found.setdefault(full, (template.display_name, line))
    return found


def _parsed_file_sets(letter: Letter, language: str) -> Iterator[list[ParsedTemplate]]:
    yield parse_with_includes(letter.sources, letter.path(language))
    frames = (*EMAIL_FRAMES, NOTICE_FRAME) if "body" in letter.parts(language) else ()
    yield from (parse_with_includes(letter.sources, frame) for frame in frames if frame in letter.sources)


def _longest_paths(node: nodes.Node) -> Iterator[tuple[ConfigPath, int]]:
    """The longest written-out path at each place that leads to something of `TEXTS_PER_LANGUAGE`."""
    path = attribute_path(node)
    if path is not None:
        if path[0] in TEXTS_PER_LANGUAGE:
            yield path, node.lineno
        return
    for child in node.iter_child_nodes():
        yield from _longest_paths(child)


def _texts_under_path(path: ConfigPath, loose: frozenset[str]) -> Iterator[ConfigPath]:
    """The texts that a path is, or holds."""
    root, steps = path[0], path[1:]
    names = TEXTS_PER_LANGUAGE[root]
    if root == "helplines":
        key, steps = (steps[0], steps[1:]) if steps else (ANY_KEY, ())
        root_path: ConfigPath = (root, key)
    else:
        root_path = (root,)
    if steps:
        yield from ((*root_path, name) for name in names & {steps[0]})
    else:
        yield from ((*root_path, name) for name in sorted(names & loose))


def _paths_by_other_names(files: Iterable[ParsedTemplate]) -> frozenset[str]:
    """What is read of values that go by another name than the root's; all there is where that is worked out."""
    read: set[str] = set()
    for template in files:
        for node in template.tree.find_all((nodes.Getattr, nodes.Getitem)):
            path = attribute_path(node)
            if path is not None and path[0] in (*TEXTS_PER_LANGUAGE, "recipient", "links"):
                continue
            if isinstance(node, nodes.Getattr):
                read.add(node.attr)
            elif isinstance(node, nodes.Getitem):
                read |= _keys_read(node)
    return frozenset(read)


def _keys_read(node: nodes.Getitem) -> frozenset[str]:
    if isinstance(node.arg, nodes.Const):
        return frozenset({str(node.arg.value)})
    base = attribute_path(node.node)
    if base is not None and (base == ("helplines",) or base[0] == "recipient"):
        return frozenset()  # which helpline, or which column
    return frozenset().union(*TEXTS_PER_LANGUAGE.values())
