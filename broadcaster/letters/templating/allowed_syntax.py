"""The allow-list of Jinja in letters: which nodes of the syntax tree may appear, and why others are refused."""

from collections.abc import Callable, Mapping

from jinja2 import nodes

from broadcaster.domain.problems import Problem
from broadcaster.letters.templating.filters import FILTERS, REFUSED_FILTERS, TESTS
from broadcaster.letters.templating.link_placement import LINK_NAMES, misused_links
from broadcaster.letters.templating.syntax_tree import ParsedTemplate, attribute_path, did_you_mean

FIXED_ROOTS: Mapping[str, frozenset[str]] = {
    "organisation": frozenset({"name"}),
    "signatory": frozenset({"name", "role", "email"}),
    "campaign": frozenset({"name", "title", "date"}),
}
LETTER_ROOTS = frozenset({"recipient", "links", "helplines", *FIXED_ROOTS})
"""The names that every letter has in scope."""

FRAME_ROOTS = frozenset(
    {"content", "language", "direction", "title", "words", "logo", "organisation", "signatory", "links"}
)
HELPLINE_ATTRIBUTES = frozenset({"name", "number", "says"})
CALLABLES = frozenset({"range", "namespace", "caller", "super"})
_RESERVED_NAMES = frozenset({"loop", "self", "varargs", "kwargs", "true", "false", "none", *CALLABLES})
LOOP_ATTRIBUTES = frozenset({"index", "index0", "revindex", "revindex0", "first", "last", "length"})

_STATEMENTS = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.For, nodes.If, nodes.Macro, nodes.CallBlock),
    *(nodes.Include, nodes.Import, nodes.FromImport, nodes.Block, nodes.Extends, nodes.Assign, nodes.With),
)
_EXPRESSIONS = (
    *(nodes.Name, nodes.NSRef, nodes.Const, nodes.Tuple, nodes.List, nodes.Dict, nodes.Pair, nodes.Keyword),
    *(nodes.Filter, nodes.Test, nodes.Call, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Concat, nodes.Compare),
    *(nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Div, nodes.FloorDiv, nodes.Neg),
    *(nodes.Pos, nodes.CondExpr),
)
_ALLOWED = frozenset((*_STATEMENTS, *_EXPRESSIONS))

_REASONS: dict[type[nodes.Node], tuple[str, str]] = {
    nodes.FilterBlock: ("{% filter %} would change text after its gaps are set", "Put the filter on the value itself."),
    nodes.AssignBlock: ("a {% set %} around text is refused", "Write a macro for text that is used again."),
    nodes.ScopedEvalContextModifier: ("{% autoescape %} is refused", "Leave it out: values are escaped by themselves."),
    nodes.EvalContextModifier: ("{% autoescape %} is refused", "Leave it out: values are escaped by themselves."),
    nodes.Mul: ("* is refused: it can make a text of any length", "Write the number or the text out."),
    nodes.Pow: ("** is refused: it can make a number of any length", "Write the number out."),
    nodes.Mod: ("% is refused: it can make a text of any length", "For every other row, test `loop.index is even`."),
}
_DEFAULT_REASON = (
    "this kind of statement is refused",
    "Use only if, for, set, macro, call, include, import, extends, block, with.",
)


def syntax_problems(template: ParsedTemplate, roots: frozenset[str] = LETTER_ROOTS) -> list[Problem]:
    """Every problem of a file's syntax. `roots` are the names in scope, those of letters or of frames."""
    return _SyntaxInspector(template, roots).run()


class _SyntaxInspector:
    """Walks one syntax tree and notes each refused node."""

    def __init__(self, template: ParsedTemplate, roots: frozenset[str]) -> None:
        self._template = template
        self._roots = roots
        self._problems: list[Problem] = []
        self._modules = {node.target for node in template.tree.find_all(nodes.Import)}
        self._checks: dict[type[nodes.Node], Callable[..., None]] = {
            nodes.Name: self._name,
            nodes.Const: self._const,
            nodes.Dict: self._dict,
            nodes.Filter: self._filter,
            nodes.Test: self._test,
            nodes.Call: self._call,
            nodes.Getattr: self._getattr,
            nodes.Getitem: self._getitem,
            nodes.For: self._for,
            nodes.Include: self._include,
            nodes.Import: self._import,
            nodes.FromImport: self._import,
            nodes.Extends: self._extends,
            nodes.Block: self._block,
            nodes.Macro: self._macro,
        }

    def run(self) -> list[Problem]:
        self._walk(self._template.tree)
        self._problems += misused_links(self._template)
        return self._problems

    def refuse(self, node: nodes.Node, code: str, message: str, remedy: str) -> None:
        self._problems.append(Problem.error(code, message, remedy, file=self._template.display_name, line=node.lineno))

    def _walk(self, node: nodes.Node) -> None:
        if type(node) not in _ALLOWED:
            reason, remedy = _REASONS.get(type(node), _DEFAULT_REASON)
            self.refuse(node, "not-allowed", reason, remedy)
            return
        if check := self._checks.get(type(node)):
            check(node)
        for child in node.iter_child_nodes():
            self._walk(child)

    def _name(self, node: nodes.Name) -> None:
        if node.name == "self":
            self.refuse(node, "not-allowed", "self is refused", "Write a macro for text that is used again.")
        if node.name.startswith("_"):
            self.refuse(node, "not-allowed", "names that begin with _ are refused", "Choose another name.")
        if node.ctx in ("store", "param") and node.name in self._roots | _RESERVED_NAMES:
            self.refuse(
                node, "reserved-name", f"{node.name} already means something in letters", "Choose another name."
            )

    def _const(self, node: nodes.Const) -> None:
        if isinstance(node.value, (int, float)) and abs(node.value) > 10**15:
            self.refuse(node, "letter-too-large", "this number is too large", "Write a smaller one.")

    def _dict(self, node: nodes.Dict) -> None:
        if not all(isinstance(pair.key, nodes.Const) for pair in node.items):
            self.refuse(node, "not-allowed", "the keys of a mapping must be written out", "Write 'key': value.")

    def _filter(self, node: nodes.Filter) -> None:
        if node.name not in FILTERS:
            why = REFUSED_FILTERS.get(node.name)
            message = f"|{node.name} is refused: {why}" if why else f"there is no filter {node.name} in letters"
            self.refuse(node, "not-allowed", message, f"Leave it out.{did_you_mean(node.name, FILTERS)}")
        self._of_macro(node, "filter")
        self._splat(node)

    def _test(self, node: nodes.Test) -> None:
        if node.name not in TESTS:
            self.refuse(
                node,
                "not-allowed",
                f"there is no test {node.name} in letters",
                f"Leave it out.{did_you_mean(node.name, TESTS)}",
            )
        self._of_macro(node, "test")
        self._splat(node)

    def _of_macro(self, node: nodes.Filter | nodes.Test, what: str) -> None:
        call = node.node
        if isinstance(call, nodes.Call) and not (isinstance(call.node, nodes.Name) and call.node.name == "range"):
            self.refuse(
                node, "not-allowed", f"a {what} on what a macro returns is refused", f"Put the {what} inside the macro."
            )

    def _call(self, node: nodes.Call) -> None:
        self._splat(node)
        callee = node.node
        if isinstance(callee, nodes.Name) and callee.name not in self._roots:
            return
        if (
            isinstance(callee, nodes.Getattr)
            and isinstance(callee.node, nodes.Name)
            and callee.node.name in self._modules
        ):
            return
        self.refuse(
            node,
            "not-allowed",
            "values have no methods in letters; only macros can be called",
            "Use a filter, or a macro.",
        )

    def _splat(self, node: nodes.Call | nodes.Filter | nodes.Test) -> None:
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            self.refuse(node, "not-allowed", "* and ** in a call are refused", "Write the arguments out.")

    def _getattr(self, node: nodes.Getattr) -> None:
        self._attribute(node, node.attr)

    def _getitem(self, node: nodes.Getitem) -> None:
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            self._attribute(node, node.arg.value)

    def _attribute(self, node: nodes.Getattr | nodes.Getitem, name: str) -> None:
        if name.startswith("_"):
            self.refuse(node, "not-allowed", "names that begin with _ are refused", "Name a column or a value.")
        path = attribute_path(node)
        if path is None or path[0] not in self._roots:
            if isinstance(node.node, nodes.Name) and node.node.name == "loop" and name not in LOOP_ATTRIBUTES:
                self.refuse(
                    node,
                    "undefined-name",
                    f"there is no loop.{name} in letters",
                    f"Use another.{did_you_mean(name, LOOP_ATTRIBUTES)}",
                )
            return
        root, steps = path[0], path[1:]
        known = HELPLINE_ATTRIBUTES if root == "helplines" else FIXED_ROOTS.get(root)
        if root == "links":
            known = frozenset(LINK_NAMES)
        depth = 2 if root == "helplines" else 1
        if known is not None and len(steps) == depth and steps[-1] not in known:
            self.refuse(
                node,
                "undefined-name",
                f"{'.'.join(path)} is not known in letters",
                f"{root} has {', '.join(sorted(known))}.{did_you_mean(steps[-1], known)}",
            )

    def _for(self, node: nodes.For) -> None:
        if node.recursive:
            self.refuse(
                node, "not-allowed", "a recursive loop is refused", "Write a macro that calls itself, or two loops."
            )

    def _template_name(self, node: nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends) -> None:
        if not (isinstance(node.template, nodes.Const) and isinstance(node.template.value, str)):
            self.refuse(
                node, "not-allowed", "the name of an included file must be written out", "Write it in quotes, one file."
            )

    def _include(self, node: nodes.Include) -> None:
        self._template_name(node)
        if node.ignore_missing:
            self.refuse(node, "not-allowed", "`ignore missing` is refused", "Leave it out: a missing file is an error.")
        if not node.with_context:
            self.refuse(node, "not-allowed", "`without context` is refused", "Leave it out.")

    def _import(self, node: nodes.Import | nodes.FromImport) -> None:
        self._template_name(node)
        names = (
            [node.target]
            if isinstance(node, nodes.Import)
            else [name[1] if isinstance(name, tuple) else name for name in node.names]
        )
        for name in names:
            if name in self._roots | _RESERVED_NAMES or name.startswith("_"):
                self.refuse(node, "reserved-name", f"{name} already means something in letters", "Choose another name.")

    def _extends(self, node: nodes.Extends) -> None:
        self._template_name(node)
        if not any(node is each for each in self._template.tree.body):
            self.refuse(node, "not-allowed", "{% extends %} must stand at the top", "Move it to the first line.")

    def _block(self, node: nodes.Block) -> None:
        if node.scoped or node.required:
            self.refuse(node, "not-allowed", "`scoped` and `required` blocks are refused", "Leave that word out.")

    def _macro(self, node: nodes.Macro) -> None:
        if node.name in self._roots | _RESERVED_NAMES or node.name.startswith("_"):
            self.refuse(
                node, "reserved-name", f"{node.name} already means something in letters", "Choose another name."
            )
