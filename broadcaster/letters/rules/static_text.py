"""A letter's own words, as its source has them: without what Jinja reads."""

import re

# Comments and expressions hold no text of the letter.
_OPENING = re.compile(r"\{[#{%]")
_CLOSING = {"{#": "#}", "{{": "}}", "{%": "%}"}
HIDDEN_CHARACTER = "\u2423"
"""Stands for each character that is none of the text."""


def static_text(source: str) -> str:
    """The source with `HIDDEN_CHARACTER` for each character of a comment or an expression; its lines stay."""
    pieces, at, done = list[str](), 0, 0
    never_closed = set[str]()
    while opening := _OPENING.search(source, at):
        at = opening.end()
        end = -1 if opening[0] in never_closed else source.find(_CLOSING[opening[0]], at)
        if end < 0:
            never_closed.add(opening[0])
            at = opening.start() + 1
            continue
        pieces += [
            source[done : opening.start()],
            re.sub(r"[^\n]", HIDDEN_CHARACTER, source[opening.start() : end + 2]),
        ]
        at = done = end + 2
    return "".join([*pieces, source[done:]])


def line_number_at(text: str, position: int) -> int:
    """The number of the line in which a position is, from 1."""
    return text.count("\n", 0, position) + 1
