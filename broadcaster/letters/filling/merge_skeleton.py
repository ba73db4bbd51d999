"""An email for a provider that fills its gaps itself: the skeleton with tags in them, and what belongs in their place.

What comes of it is what `EmailSkeleton.text` and `.html` give, whatever the values hold: each is escaped here, for its
place, so that the provider only has to put one text in the place of another.
"""

import secrets
from collections.abc import Mapping, Sequence
from operator import itemgetter

from broadcaster.domain.delivery.outgoing_messages import MergeTemplate
from broadcaster.letters.filling import email_headers
from broadcaster.letters.filling.skeleton import EmailSkeleton
from broadcaster.letters.rendering.fragments import Fragments, Gap, GapPlace, Links, escaper_for
from broadcaster.letters.rendering.frames import LOGO_ID, image_kind

_TAG_START = "Q"
_TAG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_LENGTH = 13
"""Characters of a tag that nobody can guess: 77 bits of chance."""

_LINKS = {"web": -3, "check": -2, "unsubscribe": -1}
"""Where a link stands among the texts that fill gaps: after the values, however many those are."""


class MergeSkeleton:
    """One skeleton as a template with tags. Each instance has tags of its own; it may be shared between threads."""

    def __init__(self, skeleton: EmailSkeleton) -> None:
        self._skeleton = skeleton
        fragments = (*skeleton.text_fragments, *skeleton.html_fragments)
        gaps = list(dict.fromkeys(fragment for fragment in fragments if isinstance(fragment, Gap)))
        self._gaps = [(_gap_number(gap), escaper_for(gap.place, skeleton.direction)) for gap in gaps]
        numbers = [number for number, _ in self._gaps]
        self._plainly = itemgetter(*numbers, *numbers[:1]) if numbers else None  # a tuple, even of one gap
        self._can_be_plain = skeleton.direction == "ltr" and all(gap.place is not GapPlace.URL for gap in gaps)
        tags = _make_tags(len(gaps), fragments)
        self.template = _template(skeleton, dict(zip(gaps, tags, strict=True)))

    def subject(self, values: Sequence[str], links: Links) -> str:
        """The whole subject, without the characters that could end a header."""
        return email_headers.one_line(self._skeleton.subject(values, links))

    def substitutions(self, values: Sequence[str], links: Links) -> tuple[str, ...]:
        """What belongs in the place of each tag of the template, in their order."""
        texts = (*values, links.web, links.check, links.unsubscribe)
        if self._can_be_plain and self._plainly and _needs_no_escape("".join(texts)):
            return tuple(self._plainly(texts)[:-1])
        return tuple([escape(texts[number]) for number, escape in self._gaps])


def _gap_number(gap: Gap) -> int:
    return gap.value if isinstance(gap.value, int) else _LINKS[gap.value]


def _needs_no_escape(text: str) -> bool:
    """Whether it stands for itself in plain text from left to right, and in HTML (see `fragments.escape_html`)."""
    return text.isascii() and "&" not in text and "<" not in text and ">" not in text and '"' not in text


def unsubscribe_fields(url: str) -> Mapping[str, str]:
    """The header fields by which mail programs offer to unsubscribe with one click (RFC 2369, RFC 8058).

    AddressError when the link could end the field.
    """
    if not url:
        return {}
    return {
        "List-Unsubscribe": f"<{email_headers.header_link(url)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _template(skeleton: EmailSkeleton, tags: Mapping[Gap, str]) -> MergeTemplate:
    sender = skeleton.sender
    fields = {"List-Id": f"<{email_headers.list_id(sender.list_id)}>"} if sender.list_id else {}
    return MergeTemplate(
        key=f"{skeleton.key.hex()}-{secrets.token_hex(8)}",
        from_name=email_headers.one_line(sender.from_name),
        from_address=email_headers.plain_address(sender.from_address),
        reply_to=email_headers.plain_address(sender.reply_to) if sender.reply_to else None,
        text=_tagged(skeleton.text_fragments, tags),
        html=_tagged(skeleton.html_fragments, tags),
        tags=tuple(tags.values()),
        headers={**fields, "Content-Language": skeleton.language},
        logo=sender.logo,
        logo_id=LOGO_ID if sender.logo else "",
        logo_kind=f"image/{image_kind(sender.logo)}" if sender.logo else "",
    )


def _tagged(fragments: Fragments, tags: Mapping[Gap, str]) -> str:
    return "".join(fragment if isinstance(fragment, str) else tags[fragment] for fragment in fragments)


def _make_tags(count: int, fragments: Fragments) -> tuple[str, ...]:
    """So many tags: random, of one length, and begun with a letter that none of them has again.

    So none is a part of another, and none begins inside another, even where two stand side by side. Neither half of
    what they have in common stands in the letter: a value would have to hold one of them to make a tag of itself and
    what stands beside it.
    """
    text = "\n".join(fragment for fragment in fragments if isinstance(fragment, str))
    while True:
        common = _TAG_START + "".join(secrets.choice(_TAG_ALPHABET) for _ in range(_RANDOM_LENGTH))
        half = len(common) // 2
        if common[:half] not in text and common[half:] not in text:
            width = len(str(count))
            return tuple(f"{common}{number:0{width}}" for number in range(count))
