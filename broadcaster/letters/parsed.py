"""A letter's file as Jinja parsed it, and how its nodes are read."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jinja2 import nodes


@dataclass(frozen=True, slots=True)
class Template:
    """One parsed file of a letter; `path` is below `templates/`."""

    path: str
    tree: nodes.Template

    @property
    def shown(self) -> str:
        """How messages name it."""
        return shown(self.path)


def shown(path: str) -> str:
    """How messages name a file of a letter: from the project's folder on."""
    return f"templates/{path}"


def path_of(node: nodes.Node) -> tuple[str, ...] | None:
    """`a.b` and `a['b']` as ("a", "b"); None for anything that is not a plain path."""
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr):
        step: object = node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        step = node.arg.value
    else:
        return None
    above = path_of(node.node)
    return (*above, step) if above is not None and isinstance(step, str) else None


def names_loaded(node: nodes.Node) -> Iterator[nodes.Name]:
    """Every variable that a node reads."""
    if isinstance(node, nodes.Name) and node.ctx == "load":
        yield node
    yield from (name for name in node.find_all(nodes.Name) if name.ctx == "load" and name is not node)


def references(template: Template) -> Iterator[tuple[str, int]]:
    """Which files this one includes, imports or extends, and on which line."""
    for node in template.tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        if (name := target_of(node)) is not None:
            yield name, node.lineno


def target_of(node: nodes.Node | None) -> str | None:
    """The file that a node includes, imports or extends, if its name is written out."""
    if not isinstance(node, (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        return None
    name = node.template.value if isinstance(node.template, nodes.Const) else None
    return name if isinstance(name, str) else None


def show(node: nodes.Node) -> str:
    """An expression as its author wrote it, near enough to be found again."""
    path = path_of(node)
    written = "this expression"
    if path is not None:
        written = ".".join(path)
    elif isinstance(node, nodes.Filter) and node.node is not None:
        written = f"{show(node.node)}|{node.name}"
    elif isinstance(node, nodes.Const):
        written = repr(node.value)
    elif isinstance(node, nodes.Call):
        written = f"{show(node.node)}(...)"
    elif isinstance(node, nodes.Concat):
        written = " ~ ".join(show(part) for part in node.nodes)
    elif isinstance(node, nodes.CondExpr):
        written = f"{show(node.expr1)} if ..."
    return written


def nearest(word: str, known: Iterable[str]) -> str:
    """ " Did you mean x?", or nothing."""
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f" Did you mean {close[0]}?" if close else ""
