"""Static analysis of a letter: which values depend on the recipient, and which names are undefined.

Names are pooled over all files of a language, whatever their scope: a name tainted in one place is tainted everywhere.
That is safe, for a value wrongly taken for the recipient's is only stored once more.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from jinja2 import nodes

from broadcaster.domain.problems import Problem
from broadcaster.letters.templating.allowed_syntax import CALLABLES
from broadcaster.letters.templating.syntax_tree import (
    ParsedTemplate,
    attribute_path,
    did_you_mean,
    names_loaded,
    referenced_file,
)

RECIPIENT = "recipient"
_MOST_HINTS = 200
"""Unknown names that get a hint, and known names to choose it from: the work is their product."""

_LONGEST_NAME = 100
_ALWAYS_THERE = frozenset({"loop", "varargs", "kwargs", *CALLABLES})


def tainted_names(templates: Iterable[ParsedTemplate]) -> frozenset[str]:
    """The names that may hold a recipient's value: `recipient`, and all names assigned, looped or called from it."""
    macros = _macro_parameters(templates)
    leads: dict[str, list[set[str]]] = {}
    for template in templates:
        for sources, targets in (*_assignment_flows(template.tree), *_argument_flows(template.tree, macros)):
            for source in sources:
                leads.setdefault(source, []).append(targets)
    tainted, waiting = {RECIPIENT}, [RECIPIENT]
    while waiting:
        for targets in leads.get(waiting.pop(), ()):
            waiting += targets - tainted
            tainted |= targets
    return frozenset(tainted)


def reads_any_name(node: nodes.Node, names: frozenset[str]) -> bool:
    """Whether an expression reads one of these names."""
    return any(name.name in names for name in names_loaded(node))


NameFlow = tuple[set[str], set[str]]
"""The names that a value is read from, and the names that it is stored under."""


def _assignment_flows(tree: nodes.Node) -> Iterator[NameFlow]:
    for assign in tree.find_all(nodes.Assign):
        yield _names_read(assign.node), _names_stored(assign.target)
    for loop in tree.find_all(nodes.For):
        yield _names_read(loop.iter), _names_stored(loop.target)
    for scope in tree.find_all(nodes.With):
        for target, value in zip(scope.targets, scope.values, strict=True):
            yield _names_read(value), _names_stored(target)
    for kind in (nodes.Macro, nodes.CallBlock):
        for macro in tree.find_all(kind):
            assert isinstance(macro, (nodes.Macro, nodes.CallBlock))  # noqa: S101 - what find_all was asked for
            for name, value in zip(reversed(macro.args), reversed(macro.defaults), strict=False):
                yield _names_read(value), {name.name}


class _MacroParameters:
    """The parameters of all macros of one name, to find the names that an argument may get."""

    def __init__(self, macros: Collection[tuple[str, ...]]) -> None:
        self._count = len(macros)
        self._fewest_parameters = min(map(len, macros), default=0)
        self._names = Counter(name for macro in macros for name in set(macro))
        longest = max(map(len, macros), default=0)
        self._at: list[set[str]] = [set() for _ in range(longest)]
        for macro in macros:
            for at, name in enumerate(macro):
                self._at[at].add(name)

    def at(self, place: int) -> set[str]:
        """The names that the argument at this position, from 0, may get."""
        names = self._at[place] if place < len(self._at) else set()
        return names | {"varargs"} if place >= self._fewest_parameters else names

    def called(self, keyword: str) -> set[str]:
        """The names that a keyword argument may get."""
        macros = self._names[keyword]
        return ({keyword} if macros else set()) | ({"kwargs"} if macros < self._count else set())


def _macro_parameters(templates: Iterable[ParsedTemplate]) -> dict[str, _MacroParameters]:
    """The parameters of macros by name. All call blocks are named `caller`; "" stands for all macros together."""
    macros: dict[str, set[tuple[str, ...]]] = {}
    for template in templates:
        for macro in template.tree.find_all(nodes.Macro):
            macros.setdefault(macro.name, set()).add(tuple(arg.name for arg in macro.args))
        for block in template.tree.find_all(nodes.CallBlock):
            macros.setdefault("caller", set()).add(tuple(arg.name for arg in block.args))
    for template in templates:
        for imported in template.tree.find_all(nodes.FromImport):
            for name in imported.names:
                if isinstance(name, tuple):
                    macros.setdefault(name[1], set()).update(macros.get(name[0], ()))
    every = {parameters for same_name in macros.values() for parameters in same_name}
    return {"": _MacroParameters(every)} | {name: _MacroParameters(same_name) for name, same_name in macros.items()}


def _argument_flows(tree: nodes.Node, macros: Mapping[str, _MacroParameters]) -> Iterator[NameFlow]:
    for call in tree.find_all(nodes.Call):
        name = call.node.name if isinstance(call.node, nodes.Name) else getattr(call.node, "attr", "")
        # A macro can be renamed (`{% set b = bold %}`, or as an argument). An unknown name may be any macro.
        parameters = macros.get(name) or macros[""]
        for at, arg in enumerate(call.args):
            yield _names_read(arg), parameters.at(at)
        for keyword in call.kwargs:
            yield _names_read(keyword.value), parameters.called(keyword.key)


def _names_read(node: nodes.Node) -> set[str]:
    return {name.name for name in names_loaded(node)}


def _names_stored(node: nodes.Node) -> set[str]:
    if isinstance(node, nodes.Name):
        return {node.name}
    if isinstance(node, nodes.NSRef):
        return {node.name}
    return {name.name for name in node.find_all(nodes.Name)} | {name.name for name in node.find_all(nodes.NSRef)}


_PURE_NODES = (
    *(nodes.Name, nodes.Const, nodes.Filter, nodes.Test, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Concat),
    *(nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Div, nodes.FloorDiv),
    *(nodes.Neg, nodes.Pos, nodes.CondExpr, nodes.Keyword, nodes.List, nodes.Tuple),
)


def is_pure(node: nodes.Node) -> bool:
    """Whether an expression's value depends on the recipient's columns alone, wherever it is evaluated."""
    if not isinstance(node, _PURE_NODES) or (isinstance(node, nodes.Name) and node.name != RECIPIENT):
        return False
    return all(is_pure(child) for child in node.iter_child_nodes())


def has_single_skeleton(templates: Iterable[ParsedTemplate], tainted: frozenset[str]) -> bool:
    """Whether all recipients get the same text but for values of pure expressions. Then one trace shows the skeleton.

    The test is stricter than necessary: all that depends on the recipient must be printed directly, by a pure
    expression.
    """
    return all(_has_single_skeleton(template.tree, tainted) for template in templates)


def _has_single_skeleton(node: nodes.Node, tainted: frozenset[str]) -> bool:
    if isinstance(node, nodes.Output):
        return all(is_pure(child) or _has_single_skeleton(child, tainted) for child in node.nodes)
    if isinstance(node, nodes.If) and isinstance(node.test, nodes.Name) and node.test.name == RECIPIENT:
        # True for every recipient. Only a notice has none, and it is never traced fast.
        return all(_has_single_skeleton(child, tainted) for child in (*node.body, *node.elif_, *node.else_))
    if isinstance(node, nodes.Name) and node.ctx == "load" and node.name in tainted:
        return False
    return all(_has_single_skeleton(child, tainted) for child in node.iter_child_nodes())


@dataclass(frozen=True, slots=True)
class UnknownName:
    """A name without a value anywhere in the letter's files."""

    file: str
    line: int
    name: str
    hint: str


def unknown_names(templates: Iterable[ParsedTemplate], roots: frozenset[str]) -> list[UnknownName]:
    """Names that no file defines. A name that one branch defines is not among them: only a run can tell."""
    defined = set(roots | _ALWAYS_THERE)
    for template in templates:
        defined |= _names_defined(template.tree)
    unknown: list[UnknownName] = []
    for template in templates:
        for name in template.tree.find_all(nodes.Name):
            if name.ctx == "load" and name.name not in defined:
                hint = (
                    did_you_mean(name.name[:_LONGEST_NAME], defined)
                    if len(unknown) < _MOST_HINTS and len(defined) < _MOST_HINTS
                    else ""
                )
                unknown.append(UnknownName(template.display_name, name.lineno, name.name[:_LONGEST_NAME], hint))
    return unknown


def _names_defined(tree: nodes.Node) -> set[str]:
    names = {name.name for name in tree.find_all(nodes.Name) if name.ctx in ("store", "param")}
    names |= {macro.name for macro in tree.find_all(nodes.Macro)}
    names |= {imported.target for imported in tree.find_all(nodes.Import)}
    for imported in tree.find_all(nodes.FromImport):
        names |= {name[1] if isinstance(name, tuple) else name for name in imported.names}
    return names


def imports_without_context(templates: Iterable[ParsedTemplate]) -> list[Problem]:
    """Problems of imports without context of files that use the recipient. Jinja imports without context by default."""
    users = {each.path for each in templates if any(name.name == RECIPIENT for name in names_loaded(each.tree))}
    return [
        Problem.error(
            "needs-context",
            f"{referenced_file(node)} uses the recipient, but is imported without it",
            "Write `with context` at the end of the import, or hand the value to the macro.",
            file=template.display_name,
            line=node.lineno,
        )
        for template in templates
        for kind in (nodes.Import, nodes.FromImport)
        for node in template.tree.find_all(kind)
        if referenced_file(node) in users and not getattr(node, "with_context", False)
    ]


def column_of(node: nodes.Node) -> str | None:
    """The column of `recipient.<column>`; None for any other node."""
    path = attribute_path(node)
    return path[1] if path is not None and len(path) == 2 and path[0] == RECIPIENT else None
