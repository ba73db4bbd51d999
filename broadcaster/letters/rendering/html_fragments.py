"""A finished HTML email cut at its sentinels: each gap gets its place."""

import re

from broadcaster.letters.model.errors import RemoteContentError, SlotLostError
from broadcaster.letters.rendering.fragments import Fragments, Gap, GapPlace, cut_at_sentinels, join_neighbouring_texts
from broadcaster.letters.rendering.html_syntax import HTML_ATTRIBUTE, HTML_MARKUP, RAW_TEXT_ELEMENTS
from broadcaster.letters.tracer.skeleton_source import SkeletonSource

_FETCHING_TAGS = frozenset(
    {"script", "iframe", "object", "embed", "form", "input", "button", "link", "base", "video", "audio"}
)
_FETCHING_ATTRIBUTES = frozenset({"src", "srcset", "background", "poster", "data"})
_REMOTE_CSS = re.compile(r"@import|url\s*\(|image-set\s*\(|expression\s*\(", re.IGNORECASE)


def cut_html(html: str, source: SkeletonSource) -> Fragments:
    """The fragments of a whole HTML document. Raises SlotLostError and RemoteContentError."""
    return join_neighbouring_texts(_HtmlCutter(source).run(html))


class _HtmlCutter:
    def __init__(self, source: SkeletonSource) -> None:
        self._source = source
        self._fragments: list[str | Gap] = []
        self._raw = ""

    def run(self, html: str) -> list[str | Gap]:
        at = 0
        for tag in HTML_MARKUP.finditer(html):
            if self._raw and not (tag["end"] and (tag["name"] or "").lower() == self._raw):
                continue
            self._text(html[at : tag.start()])
            at = tag.end()
            if tag["name"]:
                self._tag(tag)
            else:
                self._add_static(tag[0], "a comment")
        self._text(html[at:])
        return self._fragments

    def _text(self, text: str) -> None:
        if not text:
            return
        if self._raw and self._raw != "title":
            self._add_static(text, f"<{self._raw}>")
            if self._raw == "style" and _REMOTE_CSS.search(text):
                raise RemoteContentError("a style sheet of the email fetches something")
        else:
            self._fragments += cut_at_sentinels(text, self._source, GapPlace.HTML)

    def _tag(self, tag: re.Match[str]) -> None:
        name = tag["name"].lower()
        if name in _FETCHING_TAGS:
            raise RemoteContentError(f"the email contains <{name}>")
        if tag["end"]:
            if name == self._raw:
                self._raw = ""
            self._fragments.append(tag[0])
            return
        if name in RAW_TEXT_ELEMENTS:
            self._raw = name
        start = tag.start("attributes")
        self._fragments.append(tag[0][: start - tag.start()])
        for attribute in HTML_ATTRIBUTE.finditer(tag["attributes"]):
            self._attribute(name, attribute)
        self._fragments.append(tag[0][tag.end("attributes") - tag.start() :])

    def _attribute(self, tag: str, attribute: re.Match[str]) -> None:
        name, value = attribute["name"].lower(), attribute["value"] or ""
        if name in _FETCHING_ATTRIBUTES and not value.startswith(("cid:", "data:image/")):
            raise RemoteContentError(f"the email fetches a {tag} from elsewhere")
        if name.startswith("on") or (name == "style" and _REMOTE_CSS.search(value)):
            raise RemoteContentError(f"the attribute {name} of a {tag} does more than to show something")
        if name == "href" and tag == "a":
            gap = self._source.sentinels.gaps.fullmatch(value)
            place = GapPlace.LINK_HTML if gap and gap["link"] else GapPlace.URL
            self._fragments += cut_at_sentinels(attribute[0], self._source, place)
        else:
            self._add_static(attribute[0], f"the attribute {name}")

    def _add_static(self, text: str, where: str) -> None:
        """Add text in which no value is allowed. Raises SlotLostError."""
        if self._source.sentinels.any.search(text):
            raise SlotLostError(f"a value stands in {where} of the email")
        self._fragments.append(text)
