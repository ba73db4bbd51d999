"""The kinds of values in a running letter, and the checks for each."""

from collections.abc import Collection
from typing import NoReturn

from jinja2 import StrictUndefined
from jinja2.runtime import Undefined


class ValueRefusedError(Exception):
    """A letter uses a value in a way that is refused. The end of the run makes it a problem with file and line."""


class PersonalValueError(ValueRefusedError):
    """A letter that runs without a recipient joins a column to other text."""


class Nobody:
    """The recipient of a notice, which is for no person. Columns are empty, and `{% if recipient %}` is false."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False


NOBODY = Nobody()


class RenderedText(str):
    """Text that a macro, a block or an include wrote. It holds sentinels, so it can only be printed."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        raise ValueRefusedError("what a macro returns can only be printed, not tested")


Scalar = str | int | float | bool | None

_SCALARS = frozenset({str, int, float, bool, type(None)})
_SIZED = frozenset({str, list, tuple, dict, range})


def require_scalar(value: object) -> object:
    """The value, if it is a text, a number, true, false or none."""
    return value if type(value) in _SCALARS else refuse_value(value)


def require_sized(value: object) -> Collection[object]:
    """The value, if it is a text, a list or a mapping."""
    return value if type(value) in _SIZED else refuse_value(value)  # type: ignore[return-value]  # all of them are


def refuse_value(value: object) -> NoReturn:
    """Raise the error that says why this value cannot be used here."""
    if isinstance(value, StrictUndefined):
        str(value)  # raises UndefinedError with Jinja's own words
    if isinstance(value, Undefined):
        raise ValueRefusedError("an {{ a if b }} without else has no value here")
    if isinstance(value, RenderedText):
        raise ValueRefusedError("what a macro returns can only be printed, not changed, compared or walked through")
    if type(value) in _SIZED:
        raise ValueRefusedError("a list or mapping cannot stand here: use one of its items")
    raise ValueRefusedError("only texts, numbers and lists of them can stand here")
