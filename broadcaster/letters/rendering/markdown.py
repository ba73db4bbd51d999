"""Markdown with sentinels rendered to HTML with sentinels, and the checks of what Markdown a letter may use."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from broadcaster.letters.model.errors import (
    ImageError,
    LetterTooLargeError,
    LinkHostError,
    ReferenceLinkError,
    SlotInLinkError,
)
from broadcaster.letters.rendering.linkify import linkify
from broadcaster.letters.tracer.skeleton_source import SkeletonSource

_SCHEMES = ("https", "http", "mailto", "tel")
_AUTHORITY = re.compile(r"https?://[^/?#\\]+")


def _parser() -> MarkdownIt:
    # Raw HTML is off. Typed addresses become links by our own `linkify`, which says why. Indented code is off: text
    # inside an {% if %} is easily indented.
    return (
        MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False})
        .enable("table")
        .disable("code")
    )


_MARKDOWN = _parser()

MAX_LINES = 5_000
"""Lines of a body; a letter of four pages has two hundred."""

MAX_SIGNS = 10_000
"""Characters of a body that may be markup. The parser's work can grow with their square."""

_SIGNS = "*_`[]<>&\\|+-"

MAX_CELLS = 20_000
"""Cells of a table with a row for each line of the body, as wide as the line with most |. Markdown fills up short rows
with empty cells.
"""


def parse_markdown(body: str) -> list[Token]:
    """The tokens of a letter's body. Raises ImageError, ReferenceLinkError and LetterTooLargeError."""
    if body.count("\n") > MAX_LINES:
        raise LetterTooLargeError(f"the body has more than {MAX_LINES:,} lines")
    if sum(map(body.count, _SIGNS)) > MAX_SIGNS:
        raise LetterTooLargeError(f"the body has more than {MAX_SIGNS:,} signs of markup, such as * or [")
    if max(line.count("|") for line in body.split("\n")) * (body.count("\n") + 1) > MAX_CELLS:
        raise LetterTooLargeError("the body's table is too wide for its length")
    env: EnvType = {}
    tokens = _MARKDOWN.parse(body, env)
    if env.get("references"):
        raise ReferenceLinkError("a link is defined apart from where it stands")
    for token in _all_tokens(tokens):
        if token.type == "image":
            raise ImageError("the body shows an image")
    return tokens


def link_addresses(tokens: Sequence[Token], source: SkeletonSource) -> None:
    """Make typed addresses and the numbers of helplines into links (`linkify`)."""
    linkify(tokens, source, _MARKDOWN.normalizeLink)


def to_html(tokens: Sequence[Token]) -> str:
    """The tokens as HTML. Line breaks inside a paragraph become spaces."""
    return _Renderer().render(tokens, _MARKDOWN.options, {})


def settle_links(tokens: Sequence[Token], source: SkeletonSource) -> Counter[str]:
    """Fill the fixed values of `mailto:` and `tel:` links, and return how many gaps of each number are gone.

    Such a value is the whole target, as in `[write to us](mailto:{{ signatory.email }})`. Spaces in a number become
    hyphens (RFC 3966, visual separators).
    """
    settled: Counter[str] = Counter()
    for token in _all_tokens(tokens):
        target = str(token.attrs.get("href", "")) if token.type == "link_open" else ""
        scheme = target.partition(":")[0].lower()
        if scheme not in ("mailto", "tel"):
            continue

        def settle(gap: re.Match[str], scheme: str = scheme) -> str:
            slot = source.slots[int(gap[1], 16)]
            if slot.value >= 0:
                return gap[0]
            settled[gap[1]] += 1
            return quote("-".join(slot.text.split()) if scheme == "tel" else slot.text, safe="@+")

        token.attrs["href"] = source.sentinels.values.sub(settle, target)
    return settled


def check_links(tokens: Sequence[Token], source: SkeletonSource, hosts: frozenset[str] | None) -> tuple[str, ...]:
    """The targets of the tokens' links, with sentinels. Raises SlotInLinkError and LinkHostError.

    A value may be in a link's path, query or fragment; the host must be written out. A link to the recipient's pages
    (`links.*`) must be the whole target.
    """
    targets = tuple(str(token.attrs.get("href", "")) for token in _all_tokens(tokens) if token.type == "link_open")
    for target in targets:
        check_target(target, source, hosts)
    return targets


def check_target(target: str, source: SkeletonSource, hosts: frozenset[str] | None) -> None:
    """Check one link's target. Raises SlotInLinkError and LinkHostError."""
    seen = source.sentinels.hidden(target)
    gaps = list(source.sentinels.gaps.finditer(target))
    if any(gap["link"] for gap in gaps):
        if len(gaps) != 1 or gaps[0][0] != target:
            raise SlotInLinkError(f"something is added to a link of the recipients' pages: {seen}")
        return
    scheme = target.partition(":")[0].lower()
    if scheme in ("mailto", "tel"):
        if gaps:
            raise SlotInLinkError(f"a recipient's value decides where a link leads: {seen}")
        return
    authority = _AUTHORITY.match(target)
    if any(gap.start() < (authority.end() if authority else len(target)) for gap in gaps):
        raise SlotInLinkError(f"a value decides where a link leads: {seen}")
    if authority is None or scheme not in _SCHEMES:
        raise LinkHostError(f"a link leads to no host: {seen}", remedy="Write it out, beginning with https://.")
    try:
        host = urlsplit(target).hostname or ""
    except ValueError:
        raise LinkHostError(f"a link cannot be read: {seen}", remedy="Write it as https://host/path.") from None
    if hosts is not None and host not in hosts:
        raise LinkHostError(f"a link leads to {host}, which letters may not link to")


def _all_tokens(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all_tokens(token.children or ())


class _Renderer(RendererHTML):
    """markdown-it's HTML, with line breaks and code blocks changed for email."""

    def softbreak(self, *_: object) -> str:
        return " "

    def hardbreak(self, *_: object) -> str:
        return "<br>"

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        escaped = self.code_inline(tokens, idx, options, env)
        return f"<pre>{escaped}</pre>\n"
