"""A skeleton for a provider that fills gaps itself: a template with tags, and the text for each tag.

The result equals `EmailSkeleton.text` and `.html` for all values. Values are escaped here for their places, so the
provider only replaces text by text.
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
"""Random characters of a tag: 77 bits, which nobody can guess."""

_LINKS = {"web": -3, "check": -2, "unsubscribe": -1}
"""Index of each link in the list of values and links: the links come last."""


class MergeSkeleton:
    """One skeleton as a template with tags. Each instance has its own tags. Thread-safe."""

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
        """The text for each tag of the template, in order."""
        texts = (*values, links.web, links.check, links.unsubscribe)
        if self._can_be_plain and self._plainly and _needs_no_escape("".join(texts)):
            return tuple(self._plainly(texts)[:-1])
        return tuple([escape(texts[number]) for number, escape in self._gaps])


def _gap_number(gap: Gap) -> int:
    return gap.value if isinstance(gap.value, int) else _LINKS[gap.value]


def _needs_no_escape(text: str) -> bool:
    """Whether the text is the same escaped, in left-to-right plain text and in HTML (`fragments.escape_html`)."""
    return text.isascii() and "&" not in text and "<" not in text and ">" not in text and '"' not in text


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
    """This many tags: random, all of one length, each with a first letter that occurs nowhere else in it.

    So no tag contains another or overlaps one beside it. Neither half of their common part occurs in the letter: so a
    value and the text beside it make a tag only if the value contains one half.
    """
    text = "\n".join(fragment for fragment in fragments if isinstance(fragment, str))
    while True:
        common = _TAG_START + "".join(secrets.choice(_TAG_ALPHABET) for _ in range(_RANDOM_LENGTH))
        half = len(common) // 2
        if common[:half] not in text and common[half:] not in text:
            width = len(str(count))
            return tuple(f"{common}{number:0{width}}" for number in range(count))
