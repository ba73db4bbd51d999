"""Which of the recipient's columns a letter names, and whether a person may lack them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jinja2 import nodes

from broadcaster.letters.analysis import column_of
from broadcaster.letters.letter import PARTS, Letter
from broadcaster.letters.parsed import Template, references, target_of
from broadcaster.letters.parsing import used_by

GREETING = "greeting"
"""How somebody is addressed, in a column of its own; whoever has none there is addressed by their name."""


@dataclass(frozen=True, slots=True)
class FieldUse:
    """Where a letter uses `recipient.<column>` for the first time.

    `guarded` means that every use stands under an `{% if %}` on this column or before a `default`, so that a person may
    lack it; `parts` are the parts that it can show up in.
    """

    file: str
    line: int
    guarded: bool
    parts: frozenset[str]


def fields_used(letter: Letter, language: str) -> dict[str, FieldUse]:
    """The recipient's columns that a language of the letter names, each with its first use."""
    templates = used_by(letter.sources, letter.path(language))
    reached = _parts_of_files(templates, letter.parts(language))
    found: dict[str, FieldUse] = {}
    for template in templates:
        for column, line, guarded, parts in _uses(template.tree, frozenset(), reached[template.path]):
            known = found.get(column)
            if known is None:
                found[column] = FieldUse(template.shown, line, guarded, parts)
            else:
                found[column] = FieldUse(known.file, known.line, known.guarded and guarded, known.parts | parts)
    return found


def with_greeting(fields: Mapping[str, str]) -> Mapping[str, str]:
    """The recipient's fields, `greeting` filled with the name where it is missing: no name is ever taken apart."""
    return fields if fields.get(GREETING, "").strip() else {**fields, GREETING: fields.get("name", "")}


_Use = tuple[str, int, bool, frozenset[str]]


def _uses(node: nodes.Node, guards: frozenset[str], parts: frozenset[str]) -> Iterator[_Use]:
    column = column_of(node)
    if column is not None:
        yield column, node.lineno, column in guards, parts
        return
    if isinstance(node, nodes.Block) and node.name in PARTS:
        parts = frozenset({node.name})
    if isinstance(node, (nodes.If, nodes.CondExpr)):
        guards |= {found for each in (node.test, *node.test.find_all(nodes.Node)) if (found := column_of(each))}
    if isinstance(node, nodes.Filter) and node.name in ("d", "default") and node.node is not None:
        guards |= {column_of(node.node) or ""}
    for child in node.iter_child_nodes():
        yield from _uses(child, guards, parts)


def _parts_of_files(templates: list[Template], every: frozenset[str]) -> dict[str, frozenset[str]]:
    """The parts in which what a file writes can show up: those that include it, or all if it is used anywhere else."""
    reached: dict[str, frozenset[str]] = {template.path: frozenset() for template in templates}
    reached[templates[0].path] = every
    by_path = {template.path: template for template in templates}
    for _ in templates:  # a file is reached through at most as many others as there are
        for template in templates:
            inside = {
                target_of(include): frozenset({block.name})
                for block in template.tree.find_all(nodes.Block)
                if block.name in PARTS
                for include in block.find_all(nodes.Include)
            }
            for target, _line in references(template):
                if target in by_path:
                    through = inside.get(target) or reached[template.path]
                    reached[target] |= through
    return reached
