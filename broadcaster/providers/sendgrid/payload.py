"""What is asked of SendGrid: one request for many recipients of one template. Pure.

https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send
"""

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from os.path import commonprefix
from typing import Any

from broadcaster.domain.messages import MergeTemplate, OutgoingMerge

ATTEMPT = "attempt_id"
"""The custom argument that comes back with each event. (In a deferral, "attempt" is a word of SendGrid's own.)"""

MOST_SUBSTITUTED = 10_000
"""Octets of one recipient's tags and values."""

MOST_OCTETS = 30_000_000
"""Of one request, attachments included."""

_EACH = 24_000
"""Octets that one recipient may take of a request: twice what tags and values may have, and the rest of it."""

_SURELY_SMALL = 1_500
"""Characters that stay below `MOST_SUBSTITUTED` even if each is written as \\uXXXX."""

_LONG_SUBJECT = 1_000

_NOTHING_ADDED = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
    "ganalytics": {"enable": False},
}
"""Said with every request, so that no setting of the account changes what was approved or follows who reads it."""

_TO_QUOTE = re.compile(r'[,;"\\]')
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")

Json = dict[str, Any]


class Withheld(bytes):
    """The octets of a request, which no message of anybody shows: not `str`, `repr`, or any way to format them."""

    def __repr__(self) -> str:
        return "(a request, withheld)"

    def __str__(self) -> str:
        return repr(self)

    def __format__(self, _how: str) -> str:
        return repr(self)


class Mail(Json):
    """One request. The official client asks it to encode itself, and may show what comes of that to its log."""

    def encode(self, charset: str) -> Withheld:
        return Withheld(_encode(self).encode(charset))


_encode = json.JSONEncoder(check_circular=False, separators=(",", ":")).encode


class Writer:
    """Writes the requests of one template."""

    def __init__(self, template: MergeTemplate) -> None:
        self._template = template
        self._signs = signs(template.tags)
        self._characters = sum(map(len, template.tags))
        self._any = re.compile("|".join(map(re.escape, template.tags)) or "(?!)")
        self._frame = _frame(template)
        self._own_octets = len(json.dumps(self._frame)) + len(json.dumps([template.text, template.html]))

    @property
    def room(self) -> int:
        """How many recipients one request can hold beside what they share; 0 when that alone is too much."""
        return max(0, MOST_OCTETS - self._own_octets) // _EACH

    def goes_whole(self, message: OutgoingMerge) -> bool:
        """Whether SendGrid must not fill this one: a value looks like a tag, and it would replace that too; or the
        values are more than it takes.
        """
        texts = "\n".join([message.subject, *message.substitutions, *message.headers.values()])
        for sign in self._signs:
            if sign in texts:
                return True
        if len(texts) + self._characters < _SURELY_SMALL:
            return False
        substituted = dict(zip(self._template.tags, message.substitutions, strict=True))
        return len(json.dumps(substituted)) > MOST_SUBSTITUTED or len(message.subject) > _LONG_SUBJECT

    def many(self, messages: Sequence[OutgoingMerge]) -> Mail:
        """One request for these recipients, whose gaps SendGrid fills."""
        tags, template = self._template.tags, self._template
        people = []
        for message in messages:
            person = _person(message)
            person["substitutions"] = dict(zip(tags, message.substitutions, strict=True))
            people.append(person)
        return Mail(personalizations=people, content=_content(template.text, template.html), **self._frame)

    def whole(self, message: OutgoingMerge) -> Mail:
        """One request for this recipient alone, its gaps filled here, each once."""
        filling = dict(zip(self._template.tags, message.substitutions, strict=True))
        text, html = (
            self._any.sub(lambda tag: filling[tag[0]], text) for text in (self._template.text, self._template.html)
        )
        return Mail(personalizations=[_person(message)], content=_content(text, html), **self._frame)


def signs(tags: Sequence[str]) -> tuple[str, ...]:
    """What a value must hold one of to become a tag, by itself or together with what stands beside it.

    Where all tags begin alike, the two halves of that: one of them stands whole in a value, however a tag is cut in
    two. Otherwise the tags themselves.
    """
    common = commonprefix(tags)  # noqa: RUF071 (of texts, not of paths, is what is wanted)
    half = len(common) // 2
    return (common[:half], common[half:]) if half >= 6 else tuple(tags)


def _person(message: OutgoingMerge) -> Json:
    to = {"email": message.to}
    if message.to_name:
        to["name"] = _name(message.to_name)
    person: Json = {"to": [to], "subject": message.subject, "custom_args": {ATTEMPT: message.attempt_id}}
    if message.headers:
        person["headers"] = dict(message.headers)
    return person


def _name(name: str) -> str:
    """A recipient's name. One with a comma or a semicolon would be taken for two names (sendgrid-python #291)."""
    if not name.isprintable():
        name = _UNPRINTABLE.sub(" ", name)
    if not _TO_QUOTE.search(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _content(text: str, html: str) -> list[Json]:
    return [{"type": "text/plain", "value": text}, {"type": "text/html", "value": html}]


def _frame(template: MergeTemplate) -> Json:
    """What a request has beside its recipients and its texts."""
    frame: Json = {
        "from": {"email": template.from_address, "name": template.from_name},
        "headers": dict(template.headers),
        "tracking_settings": _NOTHING_ADDED,
        "mail_settings": {"footer": {"enable": False}},
    }
    if template.reply_to:
        frame["reply_to"] = {"email": template.reply_to}
    if template.logo is not None:
        frame["attachments"] = [
            {
                "content": b64encode(template.logo).decode("ascii"),
                "type": template.logo_kind,
                "filename": f"logo.{template.logo_kind.rpartition('/')[2]}",
                "disposition": "inline",
                "content_id": template.logo_id,
            }
        ]
    return frame
