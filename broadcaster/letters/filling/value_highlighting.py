"""A filled letter with the recipient's values highlighted, for previews. Never sent."""

from collections.abc import Callable, Sequence

from broadcaster.domain.language.language_tags import Direction
from broadcaster.letters.rendering.fragments import (
    Fragments,
    Gap,
    GapPlace,
    Links,
    escape_html,
    escaper_for,
    fill_fragments,
)


def highlighted_page(fragments: Fragments, direction: Direction, values: Sequence[str], links: Links) -> str:
    """A whole HTML document with each value in its text inside `<mark>`.

    Values in links are not highlighted, nor are those in the head, which allows no elements.
    """
    in_body = False
    texts = []
    for fragment in fragments:
        text = fill_fragments((fragment,), direction, values, links)
        if isinstance(fragment, str):
            in_body = in_body or "<body" in fragment
        elif in_body and fragment.place is GapPlace.HTML:
            text = _marked(text)
        texts.append(text)
    return "".join(texts)


def highlighted_text(fragments: Fragments, direction: Direction, values: Sequence[str], links: Links) -> str:
    """A subject, plain text or text message as HTML, each value inside `<mark>`."""
    return "".join(
        _highlighted_value(fragment, values, escaper_for(fragment.place, direction))
        if isinstance(fragment, Gap) and isinstance(fragment.value, int)
        else escape_html(fill_fragments((fragment,), direction, values, links))
        for fragment in fragments
    )


def _highlighted_value(gap: Gap, values: Sequence[str], escape: Callable[[str], str]) -> str:
    return _marked(escape_html(escape(values[int(gap.value)])))


def _marked(text: str) -> str:
    return f"<mark>{text}</mark>"
