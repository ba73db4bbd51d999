"""The syntax tree of a letter's file, and helpers that read its nodes."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jinja2 import nodes


@dataclass(frozen=True, slots=True)
class ParsedTemplate:
    """One parsed file of a letter; `path` is below `templates/`."""

    path: str
    tree: nodes.Template

    @property
    def display_name(self) -> str:
        """The file's name in messages."""
        return display_path(self.path)


def display_path(path: str) -> str:
    """The name of a letter's file in messages: its path from the project folder."""
    return f"templates/{path}"


def attribute_path(node: nodes.Node) -> tuple[str, ...] | None:
    """`a.b` and `a['b']` as ("a", "b"); None for anything that is not a plain path."""
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr):
        step: object = node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        step = node.arg.value
    else:
        return None
    above = attribute_path(node.node)
    return (*above, step) if above is not None and isinstance(step, str) else None


def names_loaded(node: nodes.Node) -> Iterator[nodes.Name]:
    """Every variable that a node reads."""
    if isinstance(node, nodes.Name) and node.ctx == "load":
        yield node
    yield from (name for name in node.find_all(nodes.Name) if name.ctx == "load" and name is not node)


def file_references(template: ParsedTemplate) -> Iterator[tuple[str, int]]:
    """The files that this one includes, imports or extends, each with its line."""
    for node in template.tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        if (name := referenced_file(node)) is not None:
            yield name, node.lineno


def referenced_file(node: nodes.Node | None) -> str | None:
    """The file that a node includes, imports or extends, if its name is written out."""
    if not isinstance(node, (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        return None
    name = node.template.value if isinstance(node.template, nodes.Const) else None
    return name if isinstance(name, str) else None


def display_expression(node: nodes.Node) -> str:
    """An expression as messages quote it: close enough to the source to be found there."""
    path = attribute_path(node)
    written = "this expression"
    if path is not None:
        written = ".".join(path)
    elif isinstance(node, nodes.Filter) and node.node is not None:
        written = f"{display_expression(node.node)}|{node.name}"
    elif isinstance(node, nodes.Const):
        written = repr(node.value)
    elif isinstance(node, nodes.Call):
        written = f"{display_expression(node.node)}(...)"
    elif isinstance(node, nodes.Concat):
        written = " ~ ".join(display_expression(part) for part in node.nodes)
    elif isinstance(node, nodes.CondExpr):
        written = f"{display_expression(node.expr1)} if ..."
    return written


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """ " Did you mean x?", or nothing."""
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f" Did you mean {close[0]}?" if close else ""
