"""The source of a skeleton compiled to an email or a text message."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from markdown_it.token import Token

from broadcaster.letters.filling.mime import EmailSender
from broadcaster.letters.filling.skeleton import EmailSkeleton, SmsSkeleton
from broadcaster.letters.model.errors import SlotLostError
from broadcaster.letters.model.letter import PREHEADER
from broadcaster.letters.rendering import markdown
from broadcaster.letters.rendering.fragments import (
    Fragments,
    GapPlace,
    cut_at_sentinels,
    escape_html,
    join_neighbouring_texts,
)
from broadcaster.letters.rendering.frames import EmailFrames
from broadcaster.letters.rendering.html_fragments import cut_html
from broadcaster.letters.rendering.html_isolation import isolate_html_runs
from broadcaster.letters.rendering.linkify import LINKIFY_MARKUP as LINKIFY
from broadcaster.letters.rendering.plain_text import tidy_whitespace, tokens_to_text
from broadcaster.letters.rendering.sms_fragments import cut_sms, sms_direction
from broadcaster.letters.rendering.text_fragments import cut_text
from broadcaster.letters.text.typed_addresses import web_addresses
from broadcaster.letters.tracer.skeleton_source import SkeletonSource, Slot

_HIDDEN_STYLE = (
    "display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;mso-hide:all;"
    "color:transparent"
)
_PREHEADER_FILLER = "\u034f\u200c\u00a0" * 80
"""Invisible text after the preheader: joiner, non-joiner and no-break space. Mail programs drop plain spaces."""


def compile_email(
    key: bytes, source: SkeletonSource, frames: EmailFrames, sender: EmailSender, hosts: frozenset[str] | None
) -> EmailSkeleton:
    """Render a skeleton to HTML and plain text, and check that every gap is in both.

    Raises SlotLostError, SlotInLinkError, LinkHostError, ImageError, ReferenceLinkError and RemoteContentError.
    """
    body, tokens = _compile_body(source, hosts)
    text = tokens_to_text(tokens, source)
    if not _gap_contents(body, source) <= _gap_contents(text, source):
        raise SlotLostError("a value of the body is lost in the plain text")
    preheader = " ".join(source.parts.get(PREHEADER, "").split())
    hidden = _hidden_preheader(preheader, source) if preheader else ""
    html = frames.html(body, hidden)
    written = Counter(_gap_numbers(body + hidden, source)) + Counter(_gap_numbers(frames.outline, source))
    if Counter(_gap_numbers(html, source)) != written:
        raise SlotLostError("a value of the body is lost or doubled in the frame")
    skeleton = EmailSkeleton(
        key,
        source.language,
        source.direction,
        sender,
        cut_text(" ".join(source.parts["subject"].split()), source),
        cut_text(frames.text(text), source),
        cut_html(html, source),
        tuple(_link_fragments(link, source) for link in _body_links(tokens)),
        _link_hosts(tokens, source),
        cut_text(preheader, source),
    )
    for fragments in (
        skeleton.preheader_fragments,
        skeleton.subject_fragments,
        skeleton.text_fragments,
        skeleton.html_fragments,
    ):
        _check_no_sentinel(fragments, source)
    return skeleton


def _hidden_preheader(preheader: str, source: SkeletonSource) -> str:
    """The preheader as hidden text at the start of the document. Only message lists show it.

    Invisible characters follow it, so that a list does not continue with the first words of the letter.
    """
    text = isolate_html_runs(_isolate_addresses(preheader, source), source.direction, source.sentinels, source.slots)
    return f'<div dir="{source.direction}" style="{_HIDDEN_STYLE}">{text}{_PREHEADER_FILLER}</div>'


def _isolate_addresses(text: str, source: SkeletonSource) -> str:
    """The text as HTML, each web address in one element. Values in it are percent-encoded, as in a link."""
    fragments, at = [], 0
    for start, end in web_addresses(text):
        address = escape_html(source.sentinels.in_url(text[start:end]))
        fragments += [escape_html(text[at:start]), f'<span dir="ltr">{address}</span>']
        at = end
    return "".join([*fragments, escape_html(text[at:])])


def compile_html_page(source: SkeletonSource, frame: Callable[[str], str], hosts: frozenset[str] | None) -> Fragments:
    """The body in an HTML frame other than the email's. Raises what `compile_email` raises."""
    body, _ = _compile_body(source, hosts)
    fragments = cut_html(frame(body), source)
    _check_no_sentinel(fragments, source)
    return fragments


def _compile_body(source: SkeletonSource, hosts: frozenset[str] | None) -> tuple[str, list[Token]]:
    """The body as HTML, and its tokens."""
    tokens = markdown.parse_markdown(source.parts["body"])
    markdown.link_addresses(tokens, source)
    settled = markdown.settle_links(tokens, source)
    markdown.check_links(tokens, source, hosts)
    body = markdown.to_html(tokens)
    wanted = Counter(_gap_numbers(source.parts["body"], source)) - settled
    found = Counter(_gap_numbers(body, source))  # <https://…> stands twice: as the link's target and as its text
    if not (wanted <= found and set(wanted) == set(found)):
        raise SlotLostError("a value of the body is lost in the markup")
    return isolate_html_runs(body, source.direction, source.sentinels, source.slots), tokens


def compile_sms(key: bytes, source: SkeletonSource) -> SmsSkeleton:
    """The text message of a skeleton. Raises SlotLostError and SlotInLinkError."""
    text = tidy_whitespace(source.parts["sms"])
    for start, end in web_addresses(text):
        if source.sentinels.any.search(text, start, end):
            address = text[start:end]
            markdown.check_target(f"https://{address}" if address.startswith("www.") else address, source, None)
    source = replace(source, direction=sms_direction(text, source))
    fragments = cut_sms(text, source)
    _check_no_sentinel(fragments, source)
    return SmsSkeleton(key, source.language, source.direction, fragments)


def _gap_numbers(text: str, source: SkeletonSource) -> list[str]:
    return [gap["slot"] or gap["link"] for gap in source.sentinels.gaps.finditer(text)]


def _gap_contents(text: str, source: SkeletonSource) -> set[Slot | str]:
    """The slots and links that fill the text's gaps. Plain text has a link once, where HTML has target and text."""
    return {gap["link"] or source.slots[int(gap["slot"], 16)] for gap in source.sentinels.gaps.finditer(text)}


def _check_no_sentinel(fragments: Fragments, source: SkeletonSource) -> None:
    """Raise SlotLostError when text between the gaps holds a sentinel, whole or broken."""
    if any(isinstance(fragment, str) and source.sentinels.any.search(fragment) for fragment in fragments):
        raise SlotLostError("a value was changed by the markup that stands around it")


def _body_links(tokens: list[Token]) -> list[tuple[str, str]]:
    """Text and target of each link, with sentinels."""
    links: list[tuple[str, str]] = []
    for token in tokens:
        text: list[str] | None = None
        target = ""
        for child in token.children or ():
            if child.type == "link_open":
                text, target = [], str(child.attrs.get("href", ""))
            elif child.type == "link_close" and text is not None:
                typed = child.markup == LINKIFY and not target.startswith(("mailto:", "tel:"))
                links.append((target if typed else "".join(text), target))
                text = None
            elif text is not None:
                text.append(child.content)
    return links


def _link_hosts(tokens: list[Token], source: SkeletonSource) -> frozenset[str]:
    targets = (source.sentinels.hidden(target) for _, target in _body_links(tokens))
    return frozenset(host for target in targets if (host := urlsplit(target).hostname))


def _link_fragments(link: tuple[str, str], source: SkeletonSource) -> tuple[Fragments, Fragments]:
    text, target = link
    in_url = source.sentinels.in_url(target)
    return join_neighbouring_texts(cut_at_sentinels(text, source, GapPlace.TEXT)), join_neighbouring_texts(
        cut_at_sentinels(in_url, source, GapPlace.TEXT)
    )
