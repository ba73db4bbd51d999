"""Links made of typed addresses and of helplines' numbers.

They are made in the tokens of the letter's Markdown, before values are filled in: a value of a roster never becomes a
link. A web address may have gaps in its path, query or fragment (`markdown.check_links` refuses others). An email
address with a gap stays plain text.
"""

from collections.abc import Callable, Iterator, Sequence

from markdown_it.token import Token

from broadcaster.letters.text.typed_addresses import email_addresses, web_addresses
from broadcaster.letters.tracer.skeleton_source import SkeletonSource

LINKIFY_MARKUP = "linkify"
"""The `markup` of these links' tokens; that of `<https://…>` is "autolink"."""

LinkSpan = tuple[int, int, str]
"""Begin and end of a link in a text, and its target."""


def linkify(tokens: Sequence[Token], source: SkeletonSource, normalised: Callable[[str], str]) -> None:
    """Make the links, in place. `normalised` is Markdown's function for link targets.

    The visible address is one text without markup: a mail program that makes its own links would end it at a tag.
    Values in it are percent-encoded, as in the target.
    """
    for token in tokens:
        if token.children:
            token.children = list(_link_children(token.children, source, normalised))


def _link_children(
    children: Sequence[Token], source: SkeletonSource, normalised: Callable[[str], str]
) -> Iterator[Token]:
    link: Token | None = None
    for at, token in enumerate(children):
        if token.type == "link_open":
            link = token
            if _shows_own_target(children[at : at + 3], source, normalised):
                token.attrSet("dir", "ltr")
        elif token.type == "link_close":
            link = None
        if token.type != "text":
            yield token
        elif link is None:
            yield from _split_at_links(token, source, normalised)
        else:
            if "dir" in link.attrs and not str(link.attrs.get("href", "")).startswith("mailto:"):
                token.content = source.sentinels.in_url(token.content)
            yield token


def _shows_own_target(children: Sequence[Token], source: SkeletonSource, normalised: Callable[[str], str]) -> bool:
    """Whether a link's text is its own target."""
    if [token.type for token in children] != ["link_open", "text", "link_close"]:
        return False
    # Each gap has its own sentinel; `alike` gives gaps of one value the same.
    target, text = source.alike(str(children[0].attrs.get("href", "")), children[1].content.strip())
    return bool(text) and target in (normalised(text), f"mailto:{text}")


def _split_at_links(token: Token, source: SkeletonSource, normalised: Callable[[str], str]) -> Iterator[Token]:
    text, at = token.content, 0
    for start, end, target in _link_spans(text, source, normalised):
        if start < at:
            continue
        if start > at:
            yield _text_token(text[at:start], token.level)
        opening = Token("link_open", "a", 1, markup=LINKIFY_MARKUP, info="auto", level=token.level)
        opening.attrs = {"href": target, "dir": "ltr"}
        yield opening
        shown = text[start:end]
        yield _text_token(shown if target.startswith("tel:") else source.sentinels.in_url(shown), token.level + 1)
        yield Token("link_close", "a", -1, markup=LINKIFY_MARKUP, info="auto", level=token.level)
        at = end
    if at < len(text):
        yield _text_token(text[at:], token.level)


def _text_token(content: str, level: int) -> Token:
    return Token("text", "", 0, content=content, level=level)


def _link_spans(text: str, source: SkeletonSource, normalised: Callable[[str], str]) -> list[LinkSpan]:
    spans: list[LinkSpan] = []
    for start, end in web_addresses(text):
        address = text[start:end]
        spans.append((start, end, normalised(f"https://{address}" if address[:4].lower() == "www." else address)))
    for start, end in email_addresses(text):
        if not source.sentinels.any.search(text, start, end):
            spans.append((start, end, normalised(f"mailto:{text[start:end]}")))
    for gap in source.sentinels.values.finditer(text):
        slot = source.slots[int(gap[1], 16)]
        if slot.value < 0 and (number := source.telephones.get(slot.text)):
            spans.append((*gap.span(), f"tel:{number}"))
    return sorted(spans)
