"""Links of what can be followed as it stands in a letter: typed addresses, and the numbers of helplines.

It works on the tokens of the letter's own Markdown, before any value is in them: what somebody wrote into a roster
never becomes a link. A gap may be part of a web address, and stands in its path, query or fragment
(`markdown.check_links` refuses others); an email address with a gap stays plain text.
"""

from collections.abc import Callable, Iterator, Sequence

from markdown_it.token import Token

from broadcaster.letters.text.typed_addresses import email_addresses, web_addresses
from broadcaster.letters.tracer.skeleton_source import SkeletonSource

LINKIFY_MARKUP = "linkify"
"""What `markup` of these links says; that of `<https://…>` is "autolink"."""

LinkSpan = tuple[int, int, str]
"""Where in a text a link begins and ends, and where it leads."""


def linkify(tokens: Sequence[Token], source: SkeletonSource, normalised: Callable[[str], str]) -> None:
    """Make the links, in place. `normalised` is what Markdown makes of a link's target.

    What is seen of an address is one piece without markup, whatever the text around it: a mail program that makes links
    of its own would end it there. Values in it are percent-encoded, as they are in the target.
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
    """Whether a link's text is the address that it leads to."""
    if [token.type for token in children] != ["link_open", "text", "link_close"]:
        return False
    # Each gap has a sentinel of its own; one value in both is written alike.
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
