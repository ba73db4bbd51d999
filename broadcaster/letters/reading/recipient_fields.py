"""Which of the recipient's columns a letter names, and whether a person may lack them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jinja2 import nodes

from broadcaster.letters.model.letter import PARTS, Letter
from broadcaster.letters.templating.parser import parse_with_includes
from broadcaster.letters.templating.static_analysis import column_of
from broadcaster.letters.templating.syntax_tree import ParsedTemplate, file_references, referenced_file

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
    templates = parse_with_includes(letter.sources, letter.path(language))
    reached = _parts_of_files(templates, letter.parts(language))
    found: dict[str, FieldUse] = {}
    for template in templates:
        for column, line, guarded, parts in _field_uses(template.tree, frozenset(), reached[template.path]):
            known = found.get(column)
            if known is None:
                found[column] = FieldUse(template.display_name, line, guarded, parts)
            else:
                found[column] = FieldUse(known.file, known.line, known.guarded and guarded, known.parts | parts)
    return found


def with_greeting(fields: Mapping[str, str]) -> Mapping[str, str]:
    """The recipient's fields, `greeting` filled with the name where it is missing: no name is ever taken apart."""
    return fields if fields.get(GREETING, "").strip() else {**fields, GREETING: fields.get("name", "")}


_UseTuple = tuple[str, int, bool, frozenset[str]]


def _field_uses(node: nodes.Node, guards: frozenset[str], parts: frozenset[str]) -> Iterator[_UseTuple]:
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
        yield from _field_uses(child, guards, parts)


def _parts_of_files(templates: list[ParsedTemplate], every: frozenset[str]) -> dict[str, frozenset[str]]:
    """The parts in which what a file writes can show up: those that include it, or all if it is used anywhere else."""
    reached: dict[str, frozenset[str]] = {template.path: frozenset() for template in templates}
    reached[templates[0].path] = every
    by_path = {template.path: template for template in templates}
    for _ in templates:  # a file is reached through at most as many others as there are
        for template in templates:
            inside = {
                referenced_file(include): frozenset({block.name})
                for block in template.tree.find_all(nodes.Block)
                if block.name in PARTS
                for include in block.find_all(nodes.Include)
            }
            for target, _line in file_references(template):
                if target in by_path:
                    through = inside.get(target) or reached[template.path]
                    reached[target] |= through
    return reached
