"""The text of a language of a letter, paragraph by paragraph, each with its place: what a translator works through."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jinja2 import nodes

from broadcaster.letters.model.letter import PARTS, Letter
from broadcaster.letters.templating.parser import parse_with_includes
from broadcaster.letters.templating.static_analysis import RECIPIENT
from broadcaster.letters.templating.syntax_tree import ParsedTemplate, names_loaded, referenced_file
from broadcaster.letters.translating.wording import GAP

_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)]|#{1,6})\s")
"""How a list item or a heading begins: each is a paragraph of its own."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text that stands together; `GAP` stands for each value in it.

    `path` is the file below `templates/`, `part` the part that it belongs to (None for what serves all of them, such as
    a macro), `personal` whether a value of the recipient is in it. For an include or import, `included` is the file's
    path.
    """

    path: str
    line: int
    last: int
    part: str | None
    text: str
    personal: bool = False
    included: str = ""


def list_paragraphs(letter: Letter, language: str) -> list[Paragraph]:
    """Those of all files that a language uses, in the order of the text; an include stands before its paragraphs."""
    templates = {template.path: template for template in parse_with_includes(letter.sources, letter.path(language))}
    walk = _ParagraphWalk(templates)
    return list(dict.fromkeys(walk.file(letter.path(language), None, frozenset())))


class _ParagraphWalk:
    def __init__(self, templates: Mapping[str, ParsedTemplate]) -> None:
        self._templates = templates

    def file(self, path: str, part: str | None, overridden: frozenset[str]) -> Iterator[Paragraph]:
        if path in self._templates:
            yield from self._node(self._templates[path].tree, path, part, overridden)

    def _node(self, node: nodes.Node, path: str, part: str | None, gone: frozenset[str]) -> Iterator[Paragraph]:
        if isinstance(node, nodes.Block):
            if node.name in gone:
                return
            part = node.name if node.name in PARTS else part
        if isinstance(node, nodes.Output):
            yield from _paragraphs_of_output(node, path, part)
            return
        target = referenced_file(node)
        if isinstance(node, (nodes.Include, nodes.Import, nodes.FromImport)):
            yield Paragraph(path, node.lineno, node.lineno, part, "", included=target or "")
        if target is not None:
            above = frozenset(block.name for block in self._templates[path].tree.find_all(nodes.Block))
            inside = part if isinstance(node, nodes.Include) else None
            yield from self.file(target, inside, gone | above if isinstance(node, nodes.Extends) else frozenset())
            return
        if isinstance(node, nodes.Expr):
            yield from _literal_texts(node, path, part)
            return
        for name, child in node.iter_fields():
            if name == "test":
                continue  # what decides is not what is said
            for each in child if isinstance(child, list) else [child]:
                if isinstance(each, nodes.Node):
                    yield from self._node(each, path, part, gone)


def _paragraphs_of_output(output: nodes.Output, path: str, part: str | None) -> Iterator[Paragraph]:
    lines: list[tuple[int, str, bool]] = [(output.lineno, "", False)]
    said: list[Paragraph] = []
    for child in output.nodes:
        if isinstance(child, nodes.TemplateData):
            first, *others = child.data.split("\n")
            number, text, personal = lines[-1]
            lines[-1] = (number if text else child.lineno, text + first, personal)
            lines += [(child.lineno + at, text, False) for at, text in enumerate(others, 1)]
        else:
            number, text, personal = lines[-1]
            here = any(name.name == RECIPIENT for name in names_loaded(child))
            lines[-1] = (number if text else child.lineno, text + GAP, personal or here)
            said += _literal_texts(child, path, part)
    yield from _split_paragraphs(lines, path, part)
    yield from said


def _split_paragraphs(lines: list[tuple[int, str, bool]], path: str, part: str | None) -> Iterator[Paragraph]:
    open_lines: list[tuple[int, str, bool]] = []
    for line in [*lines, (0, "", False)]:
        if open_lines and (not line[1].strip() or _ITEM.match(line[1])):
            text = "\n".join(text for _, text, _ in open_lines)
            personal = any(here for _, _, here in open_lines)
            yield Paragraph(path, open_lines[0][0], open_lines[-1][0], part, text, personal)
            open_lines = []
        if line[1].strip():
            open_lines.append(line)


def _literal_texts(node: nodes.Node, path: str, part: str | None) -> Iterator[Paragraph]:
    """The texts that stand written out in an expression, but for keys and what is only compared."""
    if isinstance(node, nodes.Const):
        if isinstance(node.value, str):
            yield Paragraph(path, node.lineno, node.lineno, part, node.value)
    elif isinstance(node, nodes.Getitem):
        yield from _literal_texts(node.node, path, part)
    elif isinstance(node, nodes.CondExpr):
        for branch in (node.expr1, node.expr2):
            if branch is not None:
                yield from _literal_texts(branch, path, part)
    elif not isinstance(node, (nodes.Compare, nodes.Test)):
        for child in node.iter_child_nodes():
            yield from _literal_texts(child, path, part)
