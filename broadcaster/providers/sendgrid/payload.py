"""What is asked of SendGrid: one request for many recipients of one template. Pure.

https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send
"""

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from json.encoder import encode_basestring_ascii as _quoted
from os.path import commonprefix
from typing import Any

from broadcaster.domain.delivery.outgoing_messages import MergeTemplate, OutgoingMerge

ATTEMPT_ARGUMENT = "attempt_id"
"""The custom argument that comes back with each event. (In a deferral, "attempt" is a word of SendGrid's own.)"""

MAX_SUBSTITUTED_OCTETS = 10_000
"""Octets of one recipient's tags and values."""

MAX_REQUEST_OCTETS = 30_000_000
"""Of one request, attachments included."""

_EACH = 24_000
"""Octets that one recipient may take of a request: twice what tags and values may have, and the rest of it."""

_SURELY_SMALL = 1_500
"""Characters that stay below `MAX_SUBSTITUTED_OCTETS` even if each is written as \\uXXXX."""

_LONG_SUBJECT = 1_000

_NOTHING_ADDED = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
    "ganalytics": {"enable": False},
}
"""Said with every request, so that no setting of the account changes what was approved or follows who reads it."""

_PLAIN = re.compile(r"(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~ \u00a0-\U0010ffff-](?<!=\?))*")
"""Atoms and spaces (RFC 5322 section 3.2.3, with RFC 6532), but no beginning of an encoded word (RFC 2047)."""

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")

Json = dict[str, Any]


class SecretBytes(bytes):
    """The octets of a request, which no message of anybody shows: not `str`, `repr`, or any way to format them."""

    def __repr__(self) -> str:
        return "(a request, withheld)"

    def __str__(self) -> str:
        return repr(self)

    def __format__(self, _how: str) -> str:
        return repr(self)


class MailRequest:
    """One request, as JSON. The official client has it encode itself, and would show what comes of it to its log."""

    def __init__(self, people: Sequence[str], shared: str) -> None:
        self._text = f'{{"personalizations":[{",".join(people)}],{shared}}}'

    def encode(self, charset: str) -> SecretBytes:
        return SecretBytes(self._text.encode(charset))


_encode = json.JSONEncoder(check_circular=False, separators=(",", ":")).encode


class MailRequestWriter:
    """Writes the requests of one template."""

    def __init__(self, template: MergeTemplate) -> None:
        self._template = template
        self._signs = tag_fragments(template.tags)
        self._characters = sum(map(len, template.tags))
        self._any = re.compile("|".join(map(re.escape, template.tags)) or "(?!)")
        self._frame = _request_frame(template)
        self._shared = self._shared_with(template.text, template.html)
        # A thousand people have the same tags: they are written once, and only what fills them for each.
        tags = [_quoted(tag).replace("%", "%%") for tag in template.tags]
        self._substitutions = "{" + ",".join(f"{tag}:%s" for tag in tags) + "}"

    @property
    def room(self) -> int:
        """How many recipients one request can hold beside what they share; 0 when that alone is too much."""
        return max(0, MAX_REQUEST_OCTETS - len(self._shared)) // _EACH

    def must_be_filled_here(self, message: OutgoingMerge) -> bool:
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
        return len(json.dumps(substituted)) > MAX_SUBSTITUTED_OCTETS or len(message.subject) > _LONG_SUBJECT

    def many(self, messages: Sequence[OutgoingMerge]) -> MailRequest:
        """One request for these recipients, whose gaps SendGrid fills."""
        people = []
        for message in messages:
            values = self._substitutions % tuple(map(_quoted, message.substitutions))
            people.append(f'{_recipient_json(message)},"substitutions":{values}}}')
        return MailRequest(people, self._shared)

    def whole_request(self, message: OutgoingMerge) -> MailRequest:
        """One request for this recipient alone, its gaps filled here, each once."""
        filling = dict(zip(self._template.tags, message.substitutions, strict=True))
        text, html = (
            self._any.sub(lambda tag: filling[tag[0]], text) for text in (self._template.text, self._template.html)
        )
        return MailRequest([_recipient_json(message) + "}"], self._shared_with(text, html))

    def _shared_with(self, text: str, html: str) -> str:
        """What stands beside the recipients, without the braces."""
        content = [{"type": "text/plain", "value": text}, {"type": "text/html", "value": html}]
        return _encode({**self._frame, "content": content})[1:-1]


def tag_fragments(tags: Sequence[str]) -> tuple[str, ...]:
    """What a value must hold one of to become a tag, by itself or together with what stands beside it.

    Where all tags begin alike, the two halves of that: one of them stands whole in a value, however a tag is cut in
    two. Otherwise the tags themselves.
    """
    common = commonprefix(tags)  # noqa: RUF071 (of texts, not of paths, is what is wanted)
    half = len(common) // 2
    return (common[:half], common[half:]) if half >= 6 else tuple(tags)


def _recipient_json(message: OutgoingMerge) -> str:
    """One recipient, as JSON without the closing brace. By hand, for there are a thousand in each request."""
    to = f'"email":{_quoted(message.to)}'
    if message.to_name:
        to += f',"name":{_quoted(_safe_display_name(message.to_name))}'
    fields = ",".join([f"{_quoted(name)}:{_quoted(value)}" for name, value in message.headers.items()])
    ours = f'"{ATTEMPT_ARGUMENT}":{_quoted(message.attempt_id)}'
    return f'{{"to":[{{{to}}}],"subject":{_quoted(message.subject)},"custom_args":{{{ours}}},"headers":{{{fields}}}'


def _safe_display_name(name: str) -> str:
    """Somebody's name as it stands before an address. SendGrid does not quote it: a comma makes two people of one
    (sendgrid-python #291), and a bracket or a full stop has the mail dropped as "Invalid" (sendgrid-ruby #394, #77).
    """
    if not name.isprintable():
        name = _UNPRINTABLE.sub(" ", name)
    if _PLAIN.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _request_frame(template: MergeTemplate) -> Json:
    """What a request has beside its recipients and its texts."""
    frame: Json = {
        "from": {"email": template.from_address, "name": _safe_display_name(template.from_name)},
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
