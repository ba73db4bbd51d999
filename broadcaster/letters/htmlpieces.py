"""A finished HTML email with sentinels, cut into pieces: each gap knows where it stands, and both directions get on.

What comes here was written by css-inline's serialiser, so tags are well formed and attributes stand between double
quotes (HTML Living Standard, 13.3).
"""

import re

from broadcaster.letters.bidi import direction_of, isolate_html, runs_against
from broadcaster.letters.errors import RemoteContentError, SlotLostError
from broadcaster.letters.pieces import Gap, Pieces, Place, cut, fold
from broadcaster.letters.source import Source

_MARKUP = re.compile(
    r"<!--.*?-->|<![^>]*>|<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*)(?P<attributes>(?:\s+[^\s=>\"/]+(?:=\"[^\"]*\")?)*)\s*/?>",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"\s+(?P<name>[^\s=>\"/]+)(?:=\"(?P<value>[^\"]*)\")?")
_RAW = frozenset(
    {"style", "script", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "plaintext", "template"}
)
_FETCHING = frozenset(
    {"script", "iframe", "object", "embed", "form", "input", "button", "link", "base", "video", "audio"}
)
_SOURCES = frozenset({"src", "srcset", "background", "poster", "data"})
_REMOTE_CSS = re.compile(r"@import|url\s*\(|image-set\s*\(|expression\s*\(", re.IGNORECASE)


def html_pieces(html: str, source: Source) -> Pieces:
    """The pieces of a whole HTML document. Raises SlotLostError and RemoteContentError."""
    return fold(_Cutter(source).run(html))


class _Cutter:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._pieces: list[str | Gap] = []
        self._isolated = 0
        self._raw = ""
        self._in_body = False

    def run(self, html: str) -> list[str | Gap]:
        at = 0
        for tag in _MARKUP.finditer(html):
            if self._raw and not (tag["end"] and (tag["name"] or "").lower() == self._raw):
                continue
            self._text(html[at : tag.start()])
            at = tag.end()
            if tag["name"]:
                self._tag(tag)
            else:
                self._whole(tag[0], "a comment")
        self._text(html[at:])
        return self._pieces

    def _text(self, text: str) -> None:
        if not text:
            return
        if self._raw == "title":
            self._pieces += cut(text, self._source, Place.HTML)
        elif self._raw:
            self._whole(text, f"<{self._raw}>")
            if self._raw == "style" and _REMOTE_CSS.search(text):
                raise RemoteContentError("a style sheet of the email fetches something")
        elif not self._in_body or self._isolated:
            self._pieces += cut(text, self._source, Place.HTML)
        else:
            self._running(text)

    def _running(self, text: str) -> None:
        """Text that people read: each gap isolated, each static run that goes against the direction too."""
        source, at = self._source, 0
        for gap in source.marks.gaps.finditer(text):
            self._pieces.append(isolate_html(text[at : gap.start()], source.direction))
            at = gap.end()
            opening, closing = self._isolate(gap)
            self._pieces += [opening, *cut(gap[0], source, Place.HTML), closing]
        self._pieces.append(isolate_html(text[at:], source.direction))

    def _isolate(self, gap: re.Match[str]) -> tuple[str, str]:
        if gap["link"]:
            return ('<span dir="ltr">', "</span>") if self._source.direction == "rtl" else ("", "")
        slot = self._source.slots[int(gap["slot"], 16)]
        if slot.value >= 0:
            return "<bdi>", "</bdi>"
        if not runs_against(slot.text, self._source.direction):
            return "", ""
        return f'<span dir="{direction_of(slot.text, self._source.direction)}">', "</span>"

    def _tag(self, tag: re.Match[str]) -> None:
        name = tag["name"].lower()
        self._in_body = self._in_body or name == "body"
        if name in _FETCHING:
            raise RemoteContentError(f"the email contains <{name}>")
        if tag["end"]:
            self._isolated -= name == "bdi"
            if name == self._raw:
                self._raw = ""
            self._pieces.append(tag[0])
            return
        self._isolated += name == "bdi"
        if name in _RAW:
            self._raw = name
        start = tag.start("attributes")
        self._pieces.append(tag[0][: start - tag.start()])
        for attribute in _ATTRIBUTE.finditer(tag["attributes"]):
            self._attribute(name, attribute)
        self._pieces.append(tag[0][tag.end("attributes") - tag.start() :])

    def _attribute(self, tag: str, attribute: re.Match[str]) -> None:
        name, value = attribute["name"].lower(), attribute["value"] or ""
        if name in _SOURCES and not value.startswith(("cid:", "data:image/")):
            raise RemoteContentError(f"the email fetches a {tag} from elsewhere")
        if name.startswith("on") or (name == "style" and _REMOTE_CSS.search(value)):
            raise RemoteContentError(f"the attribute {name} of a {tag} does more than to show something")
        if name == "href" and tag == "a":
            gap = self._source.marks.gaps.fullmatch(value)
            place = Place.LINK_HTML if gap and gap["link"] else Place.URL
            self._pieces += cut(attribute[0], self._source, place)
        else:
            self._whole(attribute[0], f"the attribute {name}")

    def _whole(self, text: str, where: str) -> None:
        """Text in which no value can stand."""
        if self._source.marks.any.search(text):
            raise SlotLostError(f"a value stands in {where} of the email")
        self._pieces.append(text)
