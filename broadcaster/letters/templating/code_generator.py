"""Jinja's code generator with three hooks: printed values go to the printer, steps are counted, parts are marked.

Loops, includes, macros and base templates keep Jinja's meaning.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol, cast

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame, MacroRef, operators

from broadcaster.letters.model.letter import PARTS
from broadcaster.letters.templating.link_placement import link_name

_STEPS_PER_FILE = 40
"""Steps charged for starting another file."""


class PrintSiteRegistry(Protocol):
    """The part of an environment that this generator calls."""

    def add_site(self, node: nodes.Expr, path: str) -> int:
        """Register a print site and return its number."""
        ...


class LetterCodeGenerator(CodeGenerator):
    """Generates the Python code of one file of a letter."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Jinja's own arguments, passed on untouched
        self._walked: set[int] = set()
        self._asked: dict[int, int] = {}
        self._given = 0

    def write_commons(self) -> None:
        super().write_commons()
        self.writeline("tick, slot, link = environment.tick, environment.slot, environment.link")
        self.writeline("walk, scalar, container = environment.walk, environment.scalar, environment.container")
        self.writeline("glue, cut = environment.glue, environment.cut")

    def blockvisit(self, nodes: Iterable[nodes.Node], frame: Frame) -> None:
        """Charge for each body (of a file, loop, branch, macro or block) at its start."""
        body = list(nodes)
        steps, written = _body_cost(body)
        steps, self._given = steps + self._given, 0
        self.writeline(f"tick({steps}, {written})", body[0] if body else None)
        super().blockvisit(body, frame)

    def visit(self, node: nodes.Node, *args: object, **kwargs: object) -> object:
        if id(node) in self._walked:
            self.write("walk(")
            result = super().visit(node, *args, **kwargs)
            self.write(")")
            return result
        if steps := self._asked.get(id(node)):
            self.write(f"(tick({steps}, 0) or ")
            result = super().visit(node, *args, **kwargs)
            self.write(")")
            return result
        return super().visit(node, *args, **kwargs)

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802 - Jinja calls it by the node's name
        """Measure the iterated value, and charge for the loop's condition at each item."""
        self._walked.add(id(node.iter))
        if node.test is not None:
            self._asked[id(node.test)] = _body_cost([node.test])[0]
        super().visit_For(node, frame)

    def macro_body(self, node: nodes.Macro | nodes.CallBlock, frame: Frame) -> tuple[Frame, MacroRef]:
        """Charge each call for the defaults of parameters, which are evaluated at each call."""
        self._given = _body_cost(list(node.defaults))[0]
        return super().macro_body(node, frame)

    def visit_Include(self, node: nodes.Include, frame: Frame) -> None:  # noqa: N802
        self._pay_for_context(frame)
        super().visit_Include(node, frame)

    def visit_Import(self, node: nodes.Import, frame: Frame) -> None:  # noqa: N802
        self._pay_for_context(frame)
        super().visit_Import(node, frame)

    def visit_FromImport(self, node: nodes.FromImport, frame: Frame) -> None:  # noqa: N802
        self._pay_for_context(frame)
        super().visit_FromImport(node, frame)

    def _pay_for_context(self, frame: Frame) -> None:
        """Charge for another file, which is given all names in scope at each include."""
        names = len(frame.symbols.dump_stores())
        self.writeline(f"tick({_STEPS_PER_FILE + names} + len(context.parent) + len(context.vars), 0)")

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:  # noqa: N802
        if frame.require_output_check:
            if self.has_known_extends:
                return
            self.writeline("if parent_template is None:")
            self.indent()
        for child in node.nodes:
            self.start_write(frame, child)
            if isinstance(child, nodes.TemplateData):
                self.write(repr(child.data))
            elif (name := link_name(child)) is not None:
                self.write(f"link({name!r}, {self._site(child)})")
            else:
                self.write("slot(")
                self.visit(child, frame)
                self.write(f", {self._site(child)})")
            self.end_write(frame)
        if frame.require_output_check:
            self.outdent()

    def _site(self, node: nodes.Expr) -> int:
        return cast("PrintSiteRegistry", self.environment).add_site(node, self.name or "")

    def visit_Block(self, node: nodes.Block, frame: Frame) -> None:  # noqa: N802
        if not (frame.toplevel and frame.buffer is None and node.name in PARTS):
            super().visit_Block(node, frame)
            return
        if self.has_known_extends:
            return
        self.writeline(f"yield environment.begin_part({node.name!r})", node)
        self.writeline("try:")
        self.indent()
        self.writeline(f"yield from context.blocks[{node.name!r}][0]({self.get_context_ref()})")
        self.outdent()
        self.writeline("except Exception as error:")
        self.indent()
        self.writeline("environment.fail_part(error)")
        self.outdent()
        self.writeline("yield environment.end_part()")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        self.write("glue((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def visit_Compare(self, node: nodes.Compare, frame: Frame) -> None:  # noqa: N802
        self.write("(scalar(")
        self.visit(node.expr, frame)
        self.write(")")
        for operand in node.ops:
            self.visit(operand, frame)
        self.write(")")

    def visit_Operand(self, node: nodes.Operand, frame: Frame) -> None:  # noqa: N802
        guard = "container" if node.op in ("in", "notin") else "scalar"
        self.write(f" {operators[node.op]} {guard}(")
        self.visit(node.expr, frame)
        self.write(")")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802
        if not isinstance(node.arg, nodes.Slice):
            super().visit_Getitem(node, frame)
            return
        self.write("cut(")
        self.visit(node.node, frame)
        for bound in (node.arg.start, node.arg.stop, node.arg.step):
            self.write(", ")
            if bound is None:
                self.write("None")
            else:
                self.visit(bound, frame)
        self.write(")")


def _body_cost(body: Sequence[nodes.Node]) -> tuple[int, int]:
    """The number of nodes of a body and of the characters that it writes itself, without the bodies inside it.

    The condition of an `{% elif %}` counts; its body does not.
    """
    steps, written = 1, 0
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        steps += 1
        if isinstance(node, nodes.TemplateData):
            written += len(node.data)
        inner = {"body", "else_"} if isinstance(node, nodes.Stmt) else set()
        waiting.extend(node.iter_child_nodes(exclude=inner))
    return steps, written
