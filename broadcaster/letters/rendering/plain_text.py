"""The plain text part of an email, made from the same Markdown tokens as the HTML."""

import re
from collections.abc import Iterator, Sequence
from itertools import count

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from broadcaster.letters.rendering.linkify import LINKIFY_MARKUP as LINKIFY
from broadcaster.letters.text.bidi import RLM
from broadcaster.letters.tracer.skeleton_source import SkeletonSource

HORIZONTAL_RULE = "* * *"


def tokens_to_text(tokens: Sequence[Token], source: SkeletonSource) -> str:
    """The tokens as plain text with sentinels. A link becomes `text (url)`, or the URL alone when both are equal."""
    return "\n".join(_PlainTextWriter(source).blocks(SyntaxTreeNode(tokens).children, apart=True))


def tidy_whitespace(text: str) -> str:
    """The text without trailing white space, and with at most one empty line in a row."""
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


class _PlainTextWriter:
    def __init__(self, source: SkeletonSource) -> None:
        self._source = source

    def blocks(self, nodes: Sequence[SyntaxTreeNode], *, apart: bool) -> list[str]:
        """The lines of several blocks; with `apart`, an empty line between blocks."""
        lines: list[str] = []
        for node in nodes:
            block = self._block(node)
            if lines and apart and block:
                lines.append("")
            lines += block
        return lines

    def _block(self, node: SyntaxTreeNode) -> list[str]:
        start = int(node.attrs.get("start", 1))
        write = {
            "paragraph": lambda: self._inline(node).split("\n"),
            "heading": lambda: self._inline(node).split("\n"),
            "bullet_list": lambda: self._list(node, ("- " for _ in count())),
            "ordered_list": lambda: self._list(node, (f"{number}. " for number in count(start))),
            "blockquote": lambda: [f"> {line}".rstrip() for line in self.blocks(node.children, apart=True)],
            "fence": lambda: node.content.rstrip("\n").split("\n"),
            "table": lambda: [row for part in node.children for row in self._rows(part)],
            "hr": lambda: [HORIZONTAL_RULE],
        }
        return write[node.type]()

    def _list(self, node: SyntaxTreeNode, bullets: Iterator[str]) -> list[str]:
        loose = any(not child.hidden for item in node.children for child in item.children if child.type == "paragraph")
        lines: list[str] = []
        for item, bullet in zip(node.children, bullets, strict=False):
            if lines and loose:
                lines.append("")
            block = self.blocks(item.children, apart=loose) or [""]
            lines.append((bullet + block[0]).rstrip())
            lines += [(" " * len(bullet) + line).rstrip() for line in block[1:]]
        return lines

    def _rows(self, part: SyntaxTreeNode) -> list[str]:
        # A row of Latin names and numbers alone would run from left to right, with its columns in reverse.
        start = RLM if self._source.direction == "rtl" else ""
        return [start + " | ".join(self._inline(cell) for cell in row.children) for row in part.children]

    def _inline(self, node: SyntaxTreeNode) -> str:
        return "".join(self._span(child) for child in node.children)

    def _span(self, node: SyntaxTreeNode) -> str:
        if node.type == "softbreak":
            return " "
        if node.type == "hardbreak":
            return "\n"
        if node.type in ("text", "code_inline"):
            return node.content
        if node.type == "link":
            return self._link(node)
        return self._inline(node)

    def _link(self, node: SyntaxTreeNode) -> str:
        text, target = self._inline(node), str(node.attrs.get("href", ""))
        if node.markup == LINKIFY or (node.markup != "autolink" and "dir" in node.attrs):
            return text  # the text is the target
        shown = target.removeprefix("mailto:").removeprefix("tel:")
        if node.markup == "autolink" or self._plain(text) == self._plain(shown):
            # An email address or number is only read. A URL is clicked on, so its values are percent-encoded.
            return text if shown != target else self._source.sentinels.in_url(target)
        if shown != target:
            return f"{text} ({shown})"
        return f"{text} ({self._source.sentinels.in_url(target)})"

    def _plain(self, text: str) -> str:
        """The text with each gap replaced by its content's name, so that gaps of one value are equal."""

        def named(gap: re.Match[str]) -> str:
            if gap["link"]:
                return str(gap["link"])
            slot = self._source.slots[int(gap["slot"], 16)]
            return slot.text if slot.value < 0 else f"\0{slot.value}\0"

        return self._source.sentinels.gaps.sub(named, text)
