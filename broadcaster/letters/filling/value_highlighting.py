"""A filled letter with what came from the recipient's row made visible, for people who look it over. Never sent."""

from collections.abc import Callable, Sequence

from broadcaster.domain.language.language_tags import Direction
from broadcaster.letters.rendering.fragments import Gap, GapPlace, Links, Pieces, escape_html, escaper_for, fill_pieces


def highlighted_page(pieces: Pieces, direction: Direction, values: Sequence[str], links: Links) -> str:
    """A whole HTML document, each of the person's values in its text within `<mark>`.

    Values in links stay as they are, and so do those in the head, where no element can stand.
    """
    in_body = False
    texts = []
    for piece in pieces:
        text = fill_pieces((piece,), direction, values, links)
        if isinstance(piece, str):
            in_body = in_body or "<body" in piece
        elif in_body and piece.place is GapPlace.HTML:
            text = _marked(text)
        texts.append(text)
    return "".join(texts)


def highlighted_text(pieces: Pieces, direction: Direction, values: Sequence[str], links: Links) -> str:
    """A subject, plain text or text message as HTML, each of the person's values within `<mark>`."""
    return "".join(
        _highlighted_value(piece, values, escaper_for(piece.place, direction))
        if isinstance(piece, Gap) and isinstance(piece.value, int)
        else escape_html(fill_pieces((piece,), direction, values, links))
        for piece in pieces
    )


def _highlighted_value(gap: Gap, values: Sequence[str], escape: Callable[[str], str]) -> str:
    return _marked(escape_html(escape(values[int(gap.value)])))


def _marked(text: str) -> str:
    return f"<mark>{text}</mark>"
