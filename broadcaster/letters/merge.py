"""An email for a provider that fills its gaps itself: the skeleton with tags in them, and what belongs in their place.

What comes of it is what `EmailSkeleton.text` and `.html` give, whatever the values hold: each is escaped here, for its
place, so that the provider only has to put one text in the place of another.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence

from broadcaster.domain.messages import MergeTemplate
from broadcaster.letters import headers
from broadcaster.letters.frames import LOGO_ID, image_kind
from broadcaster.letters.pieces import Gap, Links, Pieces, escaper
from broadcaster.letters.skeleton import EmailSkeleton

_FIRST = "Q"
_REST = "0123456789ABCDEFGHIJKLMNOPRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM = 16
"""Characters of a tag that nobody can guess: 95 bits of chance."""

Escape = Callable[[str], str]


class Merge:
    """One skeleton as a template with tags. Each instance has tags of its own; it may be shared between threads."""

    def __init__(self, skeleton: EmailSkeleton) -> None:
        self._skeleton = skeleton
        pieces = (*skeleton.text_pieces, *skeleton.html_pieces)
        gaps = _gaps(pieces)
        self._values: list[tuple[int, Escape]] = []
        self._links: list[tuple[str, Escape]] = []
        for gap in gaps:
            escape = escaper(gap.place, skeleton.direction)
            if isinstance(gap.value, int):
                self._values.append((gap.value, escape))
            else:
                self._links.append((gap.value, escape))
        tags = _tags(len(gaps), pieces)
        self.template = _template(skeleton, dict(zip(gaps, tags, strict=True)))

    def subject(self, values: Sequence[str], links: Links) -> str:
        """The whole subject, without the characters that could end a header."""
        return headers.one_line(self._skeleton.subject(values, links))

    def substitutions(self, values: Sequence[str], links: Links) -> tuple[str, ...]:
        """What belongs in the place of each tag of the template, in their order."""
        return (
            *[escape(values[number]) for number, escape in self._values],
            *[escape(getattr(links, name)) for name, escape in self._links],
        )


def unsubscribe_fields(url: str) -> Mapping[str, str]:
    """The header fields by which mail programs offer to unsubscribe with one click (RFC 2369, RFC 8058).

    AddressError when the link could end the field.
    """
    if not url:
        return {}
    return {"List-Unsubscribe": f"<{headers.link(url)}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _template(skeleton: EmailSkeleton, tags: Mapping[Gap, str]) -> MergeTemplate:
    sender = skeleton.sender
    fields = {"List-Id": f"<{headers.list_id(sender.list_id)}>"} if sender.list_id else {}
    return MergeTemplate(
        key=f"{skeleton.key.hex()}-{secrets.token_hex(8)}",
        from_name=headers.one_line(sender.from_name),
        from_address=headers.plain_address(sender.from_address),
        reply_to=headers.plain_address(sender.reply_to) if sender.reply_to else None,
        text=_tagged(skeleton.text_pieces, tags),
        html=_tagged(skeleton.html_pieces, tags),
        tags=tuple(tags.values()),
        headers={**fields, "Content-Language": skeleton.language},
        logo=sender.logo,
        logo_id=LOGO_ID if sender.logo else "",
        logo_kind=f"image/{image_kind(sender.logo)}" if sender.logo else "",
    )


def _gaps(pieces: Pieces) -> list[Gap]:
    """Each gap once, those for values before those for links."""
    gaps = dict.fromkeys(piece for piece in pieces if isinstance(piece, Gap))
    return sorted(gaps, key=lambda gap: isinstance(gap.value, str))


def _tagged(pieces: Pieces, tags: Mapping[Gap, str]) -> str:
    return "".join(piece if isinstance(piece, str) else tags[piece] for piece in pieces)


def _tags(count: int, pieces: Pieces) -> tuple[str, ...]:
    """So many tags: random, of one length, and begun with a letter that none of them has again.

    So none is a part of another, and none begins inside another, even where two stand side by side. Neither half of
    what they have in common stands in the letter: a value would have to hold one of them to make a tag of itself and
    what stands beside it.
    """
    text = "\n".join(piece for piece in pieces if isinstance(piece, str))
    while True:
        common = _FIRST + "".join(secrets.choice(_REST) for _ in range(_RANDOM))
        half = len(common) // 2
        if common[:half] not in text and common[half:] not in text:
            width = len(str(count))
            return tuple(f"{common}{number:0{width}}" for number in range(count))
