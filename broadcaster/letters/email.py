"""From a skeleton's source to the compiled email or text message."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from markdown_it.token import Token

from broadcaster.letters import markdown
from broadcaster.letters.addresses import web_addresses
from broadcaster.letters.errors import SlotLostError
from broadcaster.letters.fragments import Pieces, Place, cut, fold, html_text
from broadcaster.letters.frames import Frames
from broadcaster.letters.html_fragments import html_pieces
from broadcaster.letters.isolates import isolate
from broadcaster.letters.letter import PREHEADER
from broadcaster.letters.linkify import MARKUP as LINKIFY
from broadcaster.letters.mime import Sender
from broadcaster.letters.plaintext import tidy, to_text
from broadcaster.letters.skeleton import EmailSkeleton, SmsSkeleton
from broadcaster.letters.sms_segments import sms_pieces, way_of
from broadcaster.letters.source import Slot, Source
from broadcaster.letters.text_fragments import text_pieces

_NOT_SEEN = (
    "display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;mso-hide:all;"
    "color:transparent"
)
_FILLER = "\u034f\u200c\u00a0" * 80
"""A combining grapheme joiner, a zero width non-joiner and a no-break space: mail programs drop plain spaces."""


def compile_email(
    key: bytes, source: Source, frames: Frames, sender: Sender, hosts: frozenset[str] | None
) -> EmailSkeleton:
    """Make the markup of a skeleton, and see that every gap came through it.

    Raises SlotLostError, SlotInLinkError, LinkHostError, ImageError, ReferenceLinkError and RemoteContentError.
    """
    body, tokens = _body(source, hosts)
    text = to_text(tokens, source)
    if not _filling(body, source) <= _filling(text, source):
        raise SlotLostError("a value of the body is lost in the plain text")
    preheader = " ".join(source.parts.get(PREHEADER, "").split())
    hidden = _hidden(preheader, source) if preheader else ""
    html = frames.html(body, hidden)
    written = Counter(_numbers(body + hidden, source)) + Counter(_numbers(frames.outline, source))
    if Counter(_numbers(html, source)) != written:
        raise SlotLostError("a value of the body is lost or doubled in the frame")
    skeleton = EmailSkeleton(
        key,
        source.language,
        source.direction,
        sender,
        text_pieces(" ".join(source.parts["subject"].split()), source),
        text_pieces(frames.text(text), source),
        html_pieces(html, source),
        tuple(_link(link, source) for link in _links(tokens)),
        _hosts(tokens, source),
        text_pieces(preheader, source),
    )
    for pieces in (skeleton.preheader_pieces, skeleton.subject_pieces, skeleton.text_pieces, skeleton.html_pieces):
        _check(pieces, source)
    return skeleton


def _hidden(preheader: str, source: Source) -> str:
    """The preheader as the first text of the document, which only lists of messages show.

    What cannot be seen follows it, so that they do not go on with the first words of the letter.
    """
    text = isolate(_addresses_apart(preheader, source), source.direction, source.marks, source.slots)
    return f'<div dir="{source.direction}" style="{_NOT_SEEN}">{text}{_FILLER}</div>'


def _addresses_apart(text: str, source: Source) -> str:
    """The text as HTML, each web address in one piece, whose values are percent-encoded as in a link."""
    pieces, at = [], 0
    for start, end in web_addresses(text):
        address = html_text(source.marks.in_url(text[start:end]))
        pieces += [html_text(text[at:start]), f'<span dir="ltr">{address}</span>']
        at = end
    return "".join([*pieces, html_text(text[at:])])


def compile_page(source: Source, frame: Callable[[str], str], hosts: frozenset[str] | None) -> Pieces:
    """The body in another frame of HTML. Raises what `compile_email` raises."""
    body, _ = _body(source, hosts)
    pieces = html_pieces(frame(body), source)
    _check(pieces, source)
    return pieces


def _body(source: Source, hosts: frozenset[str] | None) -> tuple[str, list[Token]]:
    """The body as HTML, and its tokens."""
    tokens = markdown.parse(source.parts["body"])
    markdown.link_addresses(tokens, source)
    settled = markdown.settle_links(tokens, source)
    markdown.check_links(tokens, source, hosts)
    body = markdown.to_html(tokens)
    wanted = Counter(_numbers(source.parts["body"], source)) - settled
    found = Counter(_numbers(body, source))  # <https://…> stands twice: as the link's target and as its text
    if not (wanted <= found and set(wanted) == set(found)):
        raise SlotLostError("a value of the body is lost in the markup")
    return isolate(body, source.direction, source.marks, source.slots), tokens


def compile_sms(key: bytes, source: Source) -> SmsSkeleton:
    """The text message of a skeleton. Raises SlotLostError and SlotInLinkError."""
    text = tidy(source.parts["sms"])
    for start, end in web_addresses(text):
        if source.marks.any.search(text, start, end):
            address = text[start:end]
            markdown.check_target(f"https://{address}" if address.startswith("www.") else address, source, None)
    source = replace(source, direction=way_of(text, source))
    pieces = sms_pieces(text, source)
    _check(pieces, source)
    return SmsSkeleton(key, source.language, source.direction, pieces)


def _numbers(text: str, source: Source) -> list[str]:
    return [gap["slot"] or gap["link"] for gap in source.marks.gaps.finditer(text)]


def _filling(text: str, source: Source) -> set[Slot | str]:
    """What fills the text's gaps; two gaps of one value are the same. A link that shows itself is written once."""
    return {gap["link"] or source.slots[int(gap["slot"], 16)] for gap in source.marks.gaps.finditer(text)}


def _check(pieces: Pieces, source: Source) -> None:
    """No text between the gaps may hold a sentinel, whole or mangled."""
    if any(isinstance(piece, str) and source.marks.any.search(piece) for piece in pieces):
        raise SlotLostError("a value was changed by the markup that stands around it")


def _links(tokens: list[Token]) -> list[tuple[str, str]]:
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


def _hosts(tokens: list[Token], source: Source) -> frozenset[str]:
    targets = (source.marks.hidden(target) for _, target in _links(tokens))
    return frozenset(host for target in targets if (host := urlsplit(target).hostname))


def _link(link: tuple[str, str], source: Source) -> tuple[Pieces, Pieces]:
    text, target = link
    in_url = source.marks.in_url(target)
    return fold(cut(text, source, Place.TEXT)), fold(cut(in_url, source, Place.TEXT))
