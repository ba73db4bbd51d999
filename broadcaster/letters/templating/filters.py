"""The filters and tests of letters: Jinja's own, each behind a guard that checks and charges for a call first."""

from collections.abc import Callable, Sequence
from typing import Any

from jinja2 import Environment, pass_eval_context
from jinja2 import filters as jinja_filters
from jinja2 import tests as jinja_tests
from jinja2.nodes import EvalContext
from jinja2.runtime import Undefined

from broadcaster.letters.templating.limits import MAX_NUMBER, UsageMeter
from broadcaster.letters.templating.template_values import ValueRefusedError, require_scalar, require_sized

FilterGuard = Callable[[UsageMeter, object, Sequence[object]], object]
"""Checks a filter's value and arguments, charges for the result, and returns the value to filter."""

_MAX_PLACES = 10


def _guard_text(meter: UsageMeter, value: object, args: Sequence[object]) -> object:
    """For filters whose result is as long as the text, or at most three times (Unicode SpecialCasing)."""
    for arg in args:
        require_scalar(arg)
    meter.charge_text(len(str(require_scalar(value))))
    return value


def _guard_title(meter: UsageMeter, value: object, args: Sequence[object]) -> object:
    """For `title`, which works word by word: every second character may be a word."""
    for arg in args:
        require_scalar(arg)
    meter.charge_text(len(str(require_scalar(value))), each=2)
    return value


def _guard_replace(meter: UsageMeter, value: object, args: Sequence[object]) -> object:
    text = str(require_scalar(value))
    old, new = (str(require_scalar(arg)) for arg in (*args, "", "")[:2])
    if not old:
        raise ValueRefusedError("replace needs to know what to replace")
    meter.charge_text(len(text))
    meter.charge_text(len(text) + text.count(old) * max(0, len(new) - len(old)))
    return value


def _guard_truncate(meter: UsageMeter, value: object, args: Sequence[object]) -> object:
    for arg in args:
        require_scalar(arg)
    meter.charge_text(len(str(require_scalar(value))) + sum(len(str(arg)) for arg in args))
    return value


def _guard_join(meter: UsageMeter, value: object, args: Sequence[object]) -> object:
    if len(args) > 1:
        raise ValueRefusedError("join takes one argument: what stands between the items")
    between = str(require_scalar(args[0])) if args else ""
    items = _guard_list(meter, value, ())
    total = sum(len(str(require_scalar(item))) for item in items)
    meter.charge_text(total + len(between) * len(items))
    return value


def _guard_list(meter: UsageMeter, value: object, args: Sequence[object]) -> Sequence[object]:
    for arg in args:
        require_scalar(arg)
    items = require_sized(value)
    meter.charge_items(len(items))
    return list(items)


def _guard_scalars(meter: UsageMeter, value: object, args: Sequence[object]) -> object:
    items = _guard_list(meter, value, args)
    meter.charge_text(sum(len(str(require_scalar(item))) for item in items))
    meter.tick(2 * len(items), 0)
    return value


def _guard_ends(meter: UsageMeter, value: object, args: Sequence[object]) -> object:
    if args or not require_sized(value):
        raise ValueRefusedError("there is no first or last item in something empty")
    meter.charge_items(1)
    return value


def _guard_number(meter: UsageMeter, value: object, args: Sequence[object]) -> object:
    for arg in args:
        require_scalar(arg)
    meter.charge_text(len(str(require_scalar(value))))
    return value


def _guard_round(meter: UsageMeter, value: object, args: Sequence[object]) -> object:
    if type(value) not in (int, float):
        raise ValueRefusedError("round needs a number: write |int or |float before it")
    places = args[0] if args else 0
    if type(places) is not int or not 0 <= places <= _MAX_PLACES:
        raise ValueRefusedError("a number can be rounded to 0 to 10 places")
    return _guard_number(meter, value, args)


def _guard_anything(meter: UsageMeter, value: object, args: Sequence[object]) -> object:  # noqa: ARG001 - it is a Guard
    if not isinstance(value, Undefined):
        _refuse_rendered(value)
    return value


def _refuse_rendered(value: object) -> None:
    if isinstance(value, str):
        require_scalar(value)


_GUARDS: dict[str, FilterGuard] = {
    "abs": _guard_number,
    "capitalize": _guard_text,
    "count": _guard_list,
    "d": _guard_anything,
    "default": _guard_anything,
    "first": _guard_ends,
    "float": _guard_number,
    "int": _guard_number,
    "join": _guard_join,
    "last": _guard_ends,
    "length": _guard_list,
    "list": _guard_list,
    "lower": _guard_text,
    "replace": _guard_replace,
    "round": _guard_round,
    "sort": _guard_scalars,
    "title": _guard_title,
    "trim": _guard_text,
    "truncate": _guard_truncate,
    "unique": _guard_scalars,
    "upper": _guard_text,
}

FILTERS = frozenset(_GUARDS)

TESTS = frozenset({"defined", "undefined", "none", "even", "odd", "divisibleby", "in", "eq", "equalto", "ne"})

REFUSED_FILTERS = {
    "safe": "what a letter prints is never taken as markup",
    "e": "values are escaped by themselves, for the place where they stand",
    "escape": "values are escaped by themselves, for the place where they stand",
    "forceescape": "values are escaped by themselves, for the place where they stand",
    "striptags": "what a letter prints is never taken as markup",
    "urlencode": "values in links are percent-encoded by themselves",
    "urlize": "write [text](https://...) instead",
    "xmlattr": "letters are written in Markdown, not in HTML",
    "tojson": "letters are written in Markdown, not in HTML",
    "format": "it can make a text of any length",
    "center": "it can make a text of any length",
    "indent": "it can make a text of any length",
    "random": "what was approved must be what is sent",
}
"""Filters of Jinja that letters cannot use, with the reason."""


def guarded_filter(name: str, meter_of: Callable[[], UsageMeter]) -> Callable[..., object]:
    """Jinja's filter of this name behind its guard."""
    guard: FilterGuard = _GUARDS[name]
    jinja: Any = jinja_filters.FILTERS[name]  # Jinja types its table loosely
    extra = {"environment": "environment", "eval_context": "eval_ctx"}.get(_context_argument(jinja))

    @pass_eval_context
    def run(context: EvalContext, value: object, *args: object, **named: object) -> object:
        guard(meter_of(), value, (*args, *named.values()))
        first: tuple[object, ...] = ()
        if extra == "environment":
            first = (context.environment,)
        elif extra == "eval_ctx":
            first = (context,)
        return require_bounded_number(jinja(*first, value, *args, **named))

    return run


def guarded_test(name: str, meter_of: Callable[[], UsageMeter]) -> Callable[..., bool]:
    """Jinja's test of this name, for texts, numbers and membership only."""
    jinja: Any = jinja_tests.TESTS[name]  # as above

    def run(value: object, *args: object) -> bool:
        meter_of().tick(1, 0)
        if name not in ("defined", "undefined"):
            require_scalar(value)
        for arg in args:
            if name == "in":
                require_container(meter_of(), arg)
            else:
                require_scalar(arg)
        return bool(jinja(value, *args))

    return run


def require_container(meter: UsageMeter, value: object) -> object:
    """The right side of `in`, checked: a text, a mapping, or a list of texts and numbers."""
    container = require_sized(value)
    meter.tick(1 + len(container) // 4, 0)
    if isinstance(container, (list, tuple)):
        for item in container:
            require_scalar(item)
    return container


def require_bounded_number(value: object) -> object:
    """The value. Raises ValueRefusedError for a number beyond MAX_NUMBER."""
    if isinstance(value, (int, float)) and not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise ValueRefusedError("this number is too large")
    return value


def _context_argument(function: object) -> str:
    kind = getattr(function, "jinja_pass_arg", None)
    return "" if kind is None else str(kind.name)


def install_filters(environment: Environment, meter_of: Callable[[], UsageMeter]) -> None:
    """Replace an environment's filters and tests by these."""
    environment.filters = {name: guarded_filter(name, meter_of) for name in FILTERS}
    environment.tests = {name: guarded_test(name, meter_of) for name in TESTS}
