"""Pages of long lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

PAGE_SIZE = 50

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ListPage(Generic[T]):
    """Some of a list; `parse_page_number` of `pages`, from 1."""

    lines: Sequence[T]
    number: int
    pages: int


def parse_page_number(asked: str) -> int:
    """The number of a page as somebody asks for it; the first for whatever is none."""
    return int(asked[:9]) if asked.isdecimal() else 1


def page_of_list(whole: Sequence[T], number: int) -> ListPage[T]:
    """Page `parse_page_number` of a list; one that lies beyond the last is the last."""
    pages = max(1, -(-len(whole) // PAGE_SIZE))
    number = min(max(number, 1), pages)
    return ListPage(whole[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number, pages)
