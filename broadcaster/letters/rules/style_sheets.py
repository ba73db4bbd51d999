"""Rules of a frame's style sheet that would be lost.

css-inline writes each rule into the tags that it is for, and drops one whose selector it does not know, without a word
(findings/css-inline-drops-rules.sh). What stands in an @-rule is kept as it is.
"""

import re
from collections.abc import Iterator

from broadcaster.domain.problems import Problem
from broadcaster.letters.rules.static_text import line_number_at, static_text
from broadcaster.letters.templating.syntax_tree import display_path

_KNOWN_PSEUDO_CLASSES = frozenset(
    {
        *("root", "empty", "not", "has", "link", "any-link", "only-child", "only-of-type"),
        *("first-child", "last-child", "nth-child", "nth-last-child"),
        *("first-of-type", "last-of-type", "nth-of-type", "nth-last-of-type"),
    }
)
_STATES = frozenset({"hover", "focus", "focus-within", "focus-visible", "active", "visited", "target"})
"""They are lost as well, and nobody who reads a letter misses anything by it."""

_STYLE = re.compile(r"<(mj-style|style)\b[^>]*>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STRING = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
_PSEUDO = re.compile(r"::?(-?[a-z][a-z-]*)", re.IGNORECASE)


def lost_style_rules(path: str, source: str) -> Iterator[Problem]:
    """An error for each rule of a frame of HTML email that no reader would see."""
    text = static_text(source)
    for style in _STYLE.finditer(text):
        css = _COMMENT.sub(_blank, _STRING.sub(_blank, style[2]))
        for at, selector in _selectors(css):
            lost = next(
                (one for one in _PSEUDO.finditer(selector) if one[1].lower() not in _KNOWN_PSEUDO_CLASSES | _STATES),
                None,
            )
            if lost is not None:
                yield Problem.error(
                    "frame-rule-lost",
                    f"mail programs would not be sent the rule for {' '.join(selector.split())[:80]!r}",
                    f"Choose without {lost[0]}: by a class, by an attribute such as [dir=rtl] or [lang|=ur], or by an "
                    "{% if language == 'ur' %} around the rule.",
                    file=display_path(path),
                    line=line_number_at(text, style.start(2) + at + lost.start()),
                )


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def _selectors(css: str) -> Iterator[tuple[int, str]]:
    """Where each rule's selector begins, and what it says; those within @-rules are left out."""
    depth, begin, in_at_rule = 0, 0, False
    for at, char in enumerate(css):
        if char == "{":
            if depth == 0:
                selector = css[begin:at]
                in_at_rule = selector.strip().startswith("@")
                if not in_at_rule:
                    yield begin, selector
            depth += 1
        elif char == "}":
            depth = max(0, depth - 1)
        if char in "};" and depth == 0:
            begin = at + 1
