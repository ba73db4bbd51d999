"""What the project's pages say: their code, their links, their headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md"), *(ROOT / "bench").glob("*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and where it begins."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def tokens(page: Path) -> Iterator[Token]:
    """Every token of a page, those inside paragraphs and tables too. `map` of the inner ones is their parent's."""
    for token in MarkdownIt().enable("table").parse(page.read_text(encoding="utf-8")):
        yield token
        for child in token.children or ():
            child.map = token.map
            yield child


def blocks(*languages: str) -> list[Block]:
    """The fenced blocks in these languages on all pages."""
    return [
        Block(str(page.relative_to(ROOT)), (token.map or [0])[0] + 1, token.info.split()[0], token.content)
        for page in PAGES
        for token in tokens(page)
        if token.type == "fence" and token.info.strip() and token.info.split()[0] in languages
    ]


def code(page: Path) -> list[str]:
    """Everything on a page that is set as code."""
    return [token.content for token in tokens(page) if token.type in ("code_inline", "fence", "code_block")]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, made the way the usual hosts make them."""
    found: set[str] = set()
    stream = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    for opening, inner in pairwise(stream):
        if opening.type == "heading_open":
            slug = re.sub(r"[^\w\- ]", "", inner.content.lower()).replace(" ", "-")
            found.add(slug if slug not in found else f"{slug}-1")
    return found
