"""Mutants of a source text: each has one small change that a test should see.

Not changed: annotations, decorators, docstrings, f-strings and what a `raise` says, for they decide nothing.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_NOT_ENTERED = {"annotation", "returns", "decorator_list", "bases"}
# Calls whose arguments are conditions that all count: each of them is dropped, not only the last.
_CONDITIONS = {"where", "and_", "or_"}

Change = tuple[ast.expr | ast.stmt, str]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed source.

    `line` is the line of the change, from 1. `before` and `after` are its code, each on one line.
    """

    line: int
    before: str
    after: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """All mutants of a module's source, in the order of the text.

    Each compiles.

    Raises:
        SyntaxError: the source is no Python.
    """
    tree = ast.parse(source)
    data = source.encode()
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    seen = {source}
    for node, text in _changes(tree):
        begin, end = _span(node, starts)
        changed = (data[:begin] + text.encode() + data[end:]).decode()
        before = f"({ast.unparse(node)})" if isinstance(node, ast.expr) else ast.unparse(node)
        if changed in seen or before == text:
            continue
        seen.add(changed)
        try:
            compile(changed, "<mutant>", "exec", dont_inherit=True)
        except SyntaxError:
            continue
        yield Mutant(node.lineno, " ".join(before.split()), " ".join(text.split()), changed)


def _span(node: ast.expr | ast.stmt, starts: list[int]) -> tuple[int, int]:
    """Where a node begins and ends, in bytes."""
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset


def _changes(node: ast.AST) -> Iterator[Change]:
    """Every node that can be changed below this one, and the text for it."""
    if isinstance(node, ast.stmt):
        yield from ((node, text) for text in _of_a_statement(node))
    elif isinstance(node, ast.expr):
        yield from ((node, f"({ast.unparse(new)})") for new in _of_an_expression(node))
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        yield from ((node.test, text) for text in _of_a_condition(node.test))
    elif isinstance(node, ast.comprehension):
        for condition in node.ifs:
            yield from ((condition, text) for text in ("True", *_of_a_condition(condition)))
    elif isinstance(node, ast.For | ast.AsyncFor):
        yield node.body[0], f"continue; {ast.unparse(node.body[0])}" if _is_simple(node.body[0]) else "continue"
        if _is_simple(node.body[-1]):
            yield node.body[-1], f"{ast.unparse(node.body[-1])}; break"
    for child in _entered(node):
        yield from _changes(child)


def _entered(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.JoinedStr | ast.Raise | ast.Import | ast.ImportFrom):
        return
    for field, value in ast.iter_fields(node):
        if field in _NOT_ENTERED:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_docstring(child):
                yield child


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_simple(node: ast.stmt) -> bool:
    """Whether another statement may stand on its line."""
    return not hasattr(node, "body") and not isinstance(node, ast.Match)


def _of_a_statement(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.Raise() | ast.AugAssign() | ast.Delete():
            yield "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "pass"
        case ast.Return(value=ast.expr()):
            yield "return None"
        case ast.Continue():
            yield "break"
        case ast.Break():
            yield "continue"


def _of_a_condition(node: ast.expr) -> Iterator[str]:
    """The opposite, where no other change makes it."""
    if not isinstance(node, ast.Compare | ast.UnaryOp | ast.Constant):
        yield f"(not ({ast.unparse(node)}))"


def _of_an_expression(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Compare():
            for place, operator in enumerate(node.ops):
                for other in _COMPARISONS[type(operator)]:
                    new = copy.deepcopy(node)
                    new.ops[place] = other()
                    yield new
            yield from _without_elements(node.comparators[-1], ast.Tuple, node)
        case ast.BoolOp():
            yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
            for place in range(len(node.values)):
                rest = node.values[:place] + node.values[place + 1 :]
                yield ast.BoolOp(node.op, rest) if len(rest) > 1 else rest[0]
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.BinOp() if type(node.op) in _ARITHMETIC and not isinstance(node.left, ast.JoinedStr):
            yield ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=(int() | float()) as value):
            yield ast.Constant(value + 1)
            yield ast.Constant(value - 1)
        case ast.Constant(value=str() as value) if value:
            yield ast.Constant("")
        case ast.Call():
            yield from _with_fewer_arguments(node)
        case ast.Set() | ast.List() | ast.Dict():
            yield from _without_elements(node, type(node))


def _with_fewer_arguments(node: ast.Call) -> Iterator[ast.Call]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
    first = 0 if name in _CONDITIONS else max(len(node.args) - 1, 0)
    for place in range(first, len(node.args)):
        yield ast.Call(node.func, node.args[:place] + node.args[place + 1 :], node.keywords)
    for place in range(len(node.keywords)):
        yield ast.Call(node.func, node.args, node.keywords[:place] + node.keywords[place + 1 :])


def _without_elements(node: ast.expr, kind: type[ast.expr], around: ast.Compare | None = None) -> Iterator[ast.expr]:
    """The display without one of its elements, for each; `around`: the comparison whose last operand it is."""
    if not isinstance(node, kind):
        return
    fields = [name for name in ("elts", "keys", "values") if hasattr(node, name)]
    count = len(getattr(node, fields[0]))
    for place in range(count if count > 1 else 0):
        new = copy.deepcopy(node)
        for name in fields:
            del getattr(new, name)[place]
        if around is None:
            yield new
        else:
            yield ast.Compare(around.left, around.ops, [*around.comparators[:-1], new])
