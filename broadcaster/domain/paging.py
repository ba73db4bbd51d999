"""Long lists by the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

PAGE = 50

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of a list; `number` of `pages`, from 1."""

    lines: Sequence[T]
    number: int
    pages: int


def number(asked: str) -> int:
    """The number of a page as somebody asks for it; the first for whatever is none."""
    return int(asked[:9]) if asked.isdecimal() else 1


def page(whole: Sequence[T], number: int) -> Page[T]:
    """Page `number` of a list; one that lies beyond the last is the last."""
    pages = max(1, -(-len(whole) // PAGE))
    number = min(max(number, 1), pages)
    return Page(whole[(number - 1) * PAGE : number * PAGE], number, pages)
