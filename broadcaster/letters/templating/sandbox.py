"""The sandbox of letters: Jinja's immutable one, restricted to plain values, with every step counted.

The allow-list (`allowed_syntax`) refuses first and gives the reason. The sandbox is safe without it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from jinja2 import BaseLoader, StrictUndefined, nodes
from jinja2.environment import TemplateModule
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from broadcaster.letters.templating import filters
from broadcaster.letters.templating.allowed_syntax import LOOP_ATTRIBUTES
from broadcaster.letters.templating.code_generator import LetterCodeGenerator
from broadcaster.letters.templating.limits import MAX_RANGE, STEPS_PER_CALL, UsageMeter
from broadcaster.letters.templating.static_analysis import is_pure, reads_any_name
from broadcaster.letters.templating.template_values import (
    Nobody,
    PersonalValueError,
    RenderedText,
    ValueRefusedError,
    refuse_value,
    require_scalar,
    require_sized,
)


@dataclass(frozen=True, slots=True)
class PrintSite:
    """A place in the letter's files where a value is printed.

    `fixed` says that its value does not depend on the recipient. `pure` identifies an expression over the recipient's
    columns alone: two sites with the same `pure` have the same value.
    """

    node: nodes.Expr
    path: str
    line: int
    fixed: bool
    pure: str | None


class Printer(Protocol):
    """Receives what a run prints, and returns the text to write."""

    def value(self, value: object, site: PrintSite) -> str: ...

    def link(self, name: str, site: PrintSite) -> str: ...

    def begin(self, part: str) -> str: ...

    def fail(self, error: Exception) -> None: ...

    def end(self) -> str: ...


class LetterEnvironment(ImmutableSandboxedEnvironment):
    """The environment of one language of a letter, or of one frame. Not thread-safe: callers hold a lock."""

    code_generator_class = LetterCodeGenerator
    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "**", "%"})

    def __init__(self, loader: BaseLoader, scope: Mapping[str, object], tainted: frozenset[str] = frozenset()) -> None:
        super().__init__(loader=loader, undefined=StrictUndefined, optimized=False, cache_size=-1, auto_reload=False)
        self.sites: list[PrintSite] = []
        self.tainted = tainted
        self.meter = UsageMeter()
        self.for_nobody = False
        """Whether the run is a notice's. Then no text may be built from the recipient's empty columns."""
        self.printer: Printer
        self.scalar = require_scalar
        self.globals = {"range": self.range, "namespace": Namespace, **scope}
        filters.install_filters(self, lambda: self.meter)

    # -- for the generated code

    def add_site(self, node: nodes.Expr, path: str) -> int:
        fixed = not reads_any_name(node, self.tainted)
        self.sites.append(
            PrintSite(node, path, node.lineno, fixed, repr(node) if not fixed and is_pure(node) else None)
        )
        return len(self.sites) - 1

    def tick(self, steps: int, written: int) -> None:
        self.meter.tick(steps, written)

    def slot(self, value: object, site: int) -> str:
        """Print a value. A macro's result is passed on unchanged, for it holds sentinels already."""
        if type(value) is RenderedText:
            self.meter.tick(1, len(value))
            return value
        self.meter.charge_value(len(value) if type(value) is str else 1)
        return self.printer.value(value, self.sites[site])

    def link(self, name: str, site: int) -> str:
        self.meter.charge_value(1)
        return self.printer.link(name, self.sites[site])

    def begin_part(self, part: str) -> str:
        return self.printer.begin(part)

    def fail_part(self, error: Exception) -> None:
        self.printer.fail(error)

    def end_part(self) -> str:
        return self.printer.end()

    def walk(self, value: object) -> object:
        """The value that a loop iterates, measured first."""
        self.meter.charge_items(len(require_sized(value)))
        return value

    def container(self, value: object) -> object:
        return filters.require_container(self.meter, value)

    def glue(self, values: tuple[object, ...]) -> str:
        """`a ~ b`, measured before it is made."""
        texts = [str(require_scalar(value)) for value in values]
        self._refuse_empty_joins(texts)
        self.meter.charge_text(sum(map(len, texts)))
        return "".join(texts)

    def _refuse_empty_joins(self, texts: Sequence[str]) -> None:
        """In a notice, refuse to join an empty column to other text: `'Dear ' ~ recipient.name` would leave "Dear "."""
        if self.for_nobody and "" in texts:
            raise PersonalValueError("a column of the recipient is joined to other text")

    def cut(self, value: object, start: object, stop: object, step: object) -> object:
        """`value[start:stop:step]`."""
        if type(value) not in (str, list, tuple):
            refuse_value(value)
        self.meter.charge_text(len(require_sized(value)))
        bounds = [require_scalar(bound) for bound in (start, stop, step)]
        return value[slice(*bounds)]  # type: ignore[index]  # a text or a list, checked above

    def range(self, *bounds: int) -> range:
        """Python's range with at most MAX_RANGE numbers."""
        numbers = range(*bounds)
        if len(numbers) > MAX_RANGE:
            raise ValueRefusedError(f"a range may have at most {MAX_RANGE} numbers")
        return numbers

    # -- for the sandbox

    def getattr(self, obj: object, attribute: str) -> object:
        """The item of this name first, for `recipient.items` is a column; else an attribute of a loop or namespace."""
        return self._of(obj, attribute)

    def getitem(self, obj: object, argument: object) -> object:
        return self._of(obj, argument)

    def _of(self, obj: object, name: object) -> object:
        if type(name) not in (str, int):
            refuse_value(name)
        if type(obj) in (dict, list, tuple, str):
            try:
                return obj[name]  # type: ignore[index]  # one of the four types above
            except (KeyError, IndexError):
                return self.undefined(obj=obj, name=str(name))
            except TypeError:
                raise ValueRefusedError("values have no attributes or methods in letters") from None
        if isinstance(obj, Nobody):
            return ""
        text = str(name)
        if isinstance(obj, LoopContext) and text in LOOP_ATTRIBUTES:
            return getattr(obj, text)
        if isinstance(obj, (Namespace, TemplateModule)) and not text.startswith("_"):
            return getattr(obj, text, self.undefined(obj=obj, name=text))
        if isinstance(obj, Undefined):
            return getattr(obj, text)
        raise ValueRefusedError("values have no attributes or methods in letters")

    def call(__self, __context: Context, __obj: object, *args: object, **kwargs: object) -> object:  # noqa: N805 - as Jinja's: the names must not clash with a macro's parameters
        callable_in_letters = isinstance(__obj, (Macro, BlockReference)) or __obj is Namespace or __obj == __self.range
        if not callable_in_letters:
            if isinstance(__obj, Undefined):
                refuse_value(__obj)
            raise ValueRefusedError("only macros can be called")
        __self.meter.tick(STEPS_PER_CALL, 0)
        __self.meter.enter()
        try:
            result = __context.call(__obj, *args, **kwargs)  # type: ignore[arg-type]  # one of the callables above
        finally:
            __self.meter.leave()
        return RenderedText(result) if isinstance(result, str) else result

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        if operator == "+" and type(left) is str and type(right) is str:
            self._refuse_empty_joins([left, right])
            self.meter.charge_text(len(left) + len(right))
            return left + right
        if operator == "+" and type(left) is list and type(right) is list:
            self.meter.charge_items(len(left) + len(right))
            return left + right
        if operator not in ("+", "-", "/", "//"):
            raise ValueRefusedError(f"{operator} is refused in letters")
        for side in (left, right):
            if type(side) not in (int, float):
                require_scalar(side)
                raise ValueRefusedError(f"{operator} needs two numbers: write |int behind a column")
        return filters.require_bounded_number(super().call_binop(context, operator, left, right))

    def wrap_str_format(self, value: object) -> None:
        """Nothing: values have no methods to wrap."""
