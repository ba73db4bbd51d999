"""`where`: which rows of a roster belong to an audience, as an expression over `recipient`.

Somebody else may have written it, so it is compiled in Jinja's immutable sandbox, and only what compares texts is let
in: nothing is called, nothing repeats, nothing computes. That leaves nothing that could run long or grow.
"""

from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from broadcaster.domain.errors import BroadcasterError

MAX_LENGTH = 2_000
FILTERS = ("lower", "trim", "upper")

_COMPARISONS = nodes.Compare | nodes.Operand | nodes.And | nodes.Or | nodes.Not | nodes.List | nodes.Tuple
_REMEDY = (
    "Compare columns with texts, for example  recipient.borough in ['Brent', 'Barnet'] and recipient.language != 'en'; "
    f"and, or, not, in and the filters {', '.join(FILTERS)} are there."
)


class WhereError(BroadcasterError):
    """An audience's `where` cannot be used."""

    code = "where"
    default_remedy = _REMEDY


class _ColumnEnvironment(ImmutableSandboxedEnvironment):
    """Looks names up among the columns only, so that no column can name a method of a dict."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping) and argument in obj:
            return obj[argument]
        return self.undefined(obj=obj, name=argument)


class WhereExpression:
    """A compiled `where`. `file` and `line` say where it stands, for its errors."""

    def __init__(self, source: str, file: str, line: int | None) -> None:
        self.source = source
        self._file, self._line = file, line
        environment = _ColumnEnvironment(undefined=StrictUndefined, extensions=[])
        environment.filters = {name: environment.filters[name] for name in FILTERS}
        environment.tests = {"in": environment.tests["in"]}
        environment.globals = {}
        if len(source) > MAX_LENGTH:
            raise self._error(f"where: it is longer than {MAX_LENGTH:,} characters")
        try:
            self._check(_parse_expression(environment, source))
            self._compiled = environment.compile_expression(source, undefined_to_none=False)
        except TemplateError as error:
            raise self._error(f"where: {error.message or 'this is not an expression'}") from None
        except (RecursionError, MemoryError, SyntaxError, ValueError, OverflowError):
            raise self._error("where: this is too deeply nested") from None

    def matches(self, fields: Mapping[str, str]) -> bool:
        """Whether a recipient with these fields belongs. Raises `WhereError` if it names a column that is not there."""
        try:
            return bool(self._compiled(recipient=fields))
        except UndefinedError:
            known = ", ".join(sorted(fields))
            raise self._error("where: it names a column that the roster does not have", f"Columns: {known}.") from None
        except (TypeError, TemplateError):
            raise self._error("where: what it compares cannot be compared") from None

    def _check(self, tree: nodes.Template) -> None:
        output = tree.body[0] if len(tree.body) == 1 else None
        if not isinstance(output, nodes.Output) or len(output.nodes) != 1:
            raise self._error("where: this is not one expression")
        self._check_node(output.nodes[0])

    def _check_node(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.Const):
            if not isinstance(node.value, str):
                raise self._error("where: columns hold text; put numbers and words in quotes")
        elif isinstance(node, nodes.Getattr | nodes.Getitem):
            self._check_column(node)
        elif isinstance(node, nodes.Filter):
            self._check_filter(node)
        elif isinstance(node, _COMPARISONS):
            for child in node.iter_child_nodes():
                self._check_node(child)
        elif isinstance(node, nodes.Name):
            raise self._error(f"where: '{node.name[:40]}' is not a column; write recipient.<column>")
        else:
            raise self._error(f"where: this cannot be used here ({type(node).__name__.lower()})")

    def _check_column(self, node: nodes.Getattr | nodes.Getitem) -> None:
        column = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", None)
        owner = node.node
        if not (isinstance(owner, nodes.Name) and owner.name == "recipient" and isinstance(column, str)):
            raise self._error("where: only recipient.<column> can be looked at")

    def _check_filter(self, node: nodes.Filter) -> None:
        if node.name not in FILTERS or node.args or node.kwargs or node.dyn_args or node.dyn_kwargs or not node.node:
            raise self._error(f"where: only the filters {', '.join(FILTERS)} can be used, without arguments")
        self._check_node(node.node)

    def _error(self, message: str, remedy: str | None = None) -> WhereError:
        return WhereError(message, remedy=remedy, file=self._file, line=self._line)


def _parse_expression(environment: _ColumnEnvironment, source: str) -> nodes.Template:
    # The same text that compile_expression reads, in the place where an expression stands in a template. Text that
    # closes the braces early makes more than one node, and is refused for that.
    return environment.parse("{{ " + source + " }}")
