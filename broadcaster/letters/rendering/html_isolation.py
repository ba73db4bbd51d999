"""HTML with sentinels, in which each run against the text's direction is isolated by a `<span dir>`.

This comes before css-inline, so that a frame's style sheet can choose a font for isolated runs: `.letter span[dir]`.
A frame's own `<bdi>` becomes a `<span dir>`: Gmail, Outlook and Yahoo drop `<bdi>` with its `dir` (caniemail).
"""

import re
from collections.abc import Mapping

from broadcaster.domain.language.language_tags import Direction
from broadcaster.letters.rendering.html_syntax import HTML_ATTRIBUTE, HTML_MARKUP, RAW_TEXT_ELEMENTS
from broadcaster.letters.text.bidi import direction_of, isolate_html, runs_against
from broadcaster.letters.tracer.sentinels import Sentinels
from broadcaster.letters.tracer.skeleton_source import Slot

_ISOLATING_TAGS = frozenset({"bdi", "bdo", "span", "a"})
"""Inline elements that isolate their content when they have a `dir`; `<bdi>` needs none."""


def isolate_html_runs(
    html: str, direction: Direction, sentinels: Sentinels, slots: Mapping[int, Slot], *, whole: bool = False
) -> str:
    """The HTML of a body, or of a `whole` document, with each opposite run isolated. `slots` are the source's."""
    return _HtmlIsolator(direction, sentinels, slots, in_body=not whole).run(html)


class _HtmlIsolator:
    def __init__(self, direction: Direction, sentinels: Sentinels, slots: Mapping[int, Slot], *, in_body: bool) -> None:
        self._direction = direction
        self._sentinels = sentinels
        self._slots = slots
        self._in_body = in_body
        self._open: list[tuple[str, bool]] = []
        self._raw = ""
        self._pieces: list[str] = []

    def run(self, html: str) -> str:
        at = 0
        for tag in HTML_MARKUP.finditer(html):
            name = (tag["name"] or "").lower()
            if self._raw and not (tag["end"] and name == self._raw):
                continue
            self._text(html[at : tag.start()])
            at = tag.end()
            self._pieces.append(self._tag(tag, name) if name else tag[0])
        self._text(html[at:])
        return "".join(self._pieces)

    def _text(self, text: str) -> None:
        if not self._in_body or self._raw or any(isolates for _, isolates in self._open):
            self._pieces.append(text)
            return
        if self._sentinels.content in text:
            before, _, after = text.partition(self._sentinels.content)
            self._text(before)
            self._pieces.append(self._sentinels.content)  # the body is isolated already
            self._text(after)
            return
        at = 0
        for gap in self._sentinels.gaps.finditer(text):
            self._pieces += [isolate_html(text[at : gap.start()], self._direction), self._gap(gap)]
            at = gap.end()
        self._pieces.append(isolate_html(text[at:], self._direction))

    def _gap(self, gap: re.Match[str]) -> str:
        if gap["link"]:
            return f'<span dir="ltr">{gap[0]}</span>' if self._direction == "rtl" else gap[0]
        slot = self._slots[int(gap["slot"], 16)]
        if slot.value >= 0:
            return f'<span dir="auto">{gap[0]}</span>'
        if not runs_against(slot.text, self._direction):
            return gap[0]
        return f'<span dir="{direction_of(slot.text, self._direction)}">{gap[0]}</span>'

    def _tag(self, tag: re.Match[str], name: str) -> str:
        self._in_body = self._in_body or name == "body"
        if tag["end"]:
            self._raw = "" if name == self._raw else self._raw
            if name in _ISOLATING_TAGS:
                self._close(name)
            return "</span>" if name == "bdi" else tag[0]
        if name in RAW_TEXT_ELEMENTS:
            self._raw = name
        if name not in _ISOLATING_TAGS:
            return tag[0]
        has_dir = any(found["name"].lower() == "dir" for found in HTML_ATTRIBUTE.finditer(tag["attributes"]))
        self._open.append((name, has_dir or name == "bdi"))
        if name != "bdi":
            return tag[0]
        direction = "" if has_dir else ' dir="auto"'
        return f"<span{direction}{tag['attributes']}>"

    def _close(self, name: str) -> None:
        """Remove the last open element of this name, if there is one."""
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at][0] == name:
                del self._open[at]
                return
