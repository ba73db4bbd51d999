"""What SendGrid makes of a request: what it complains of, and the messages that come of it (from its own pages)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_ADDRESS = re.compile(r"[^@\s<>,;]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_NAME = re.compile(r'"(?:[^"\\]|\\.)*"|[^()<>\[\]:;@\\,."]*')
"""A phrase (RFC 5322 section 3.2.5). The real one takes others, and drops the mail later (sendgrid-ruby #394)."""

_RESERVED = frozenset(
    {"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"}
    | {"to", "from", "subject", "reply-to", "cc", "bcc"}
)


@dataclass(frozen=True)
class Made:
    """One message as a recipient gets it."""

    subject: str
    text: str
    html: str
    headers: Mapping[str, str]


def merged(mail: Mapping[str, Any], person: Mapping[str, Any], order: str = "given") -> Made:
    """The message of one personalization. Tags are replaced one after the other, in what was put in their place too."""
    substitutions = list(person.get("substitutions", {}).items())
    if order == "reversed":
        substitutions.reverse()
    elif order == "sorted":
        substitutions.sort(key=lambda pair: pair[1])

    def fill(text: str) -> str:
        for tag, value in substitutions:
            text = text.replace(tag, value)
        return text

    contents = {one["type"]: one["value"] for one in mail["content"]}
    headers = {**mail.get("headers", {}), **person.get("headers", {})}
    subject = person.get("subject") or mail.get("subject", "")
    return Made(fill(subject), fill(contents.get("text/plain", "")), fill(contents.get("text/html", "")), headers)


def complaints(mail: Any, bad: tuple[str, ...]) -> Iterator[tuple[str | None, str]]:
    """(field, message) of everything that is wrong with a request."""
    people = mail.get("personalizations") if isinstance(mail, dict) else None
    if not isinstance(people, list) or not people:
        yield "personalizations", "The personalizations field is required and must have at least one personalization."
        return
    if len(people) > 1000:
        yield "personalizations", "The personalization block is limited to 1000 personalizations per API request."
    yield from _sender(mail)
    yield from _content(mail)
    yield from _headers("headers", mail.get("headers", {}))
    seen: set[str] = set()
    for number, person in enumerate(people):
        yield from _person(f"personalizations.{number}", person, mail, bad)
        for to in person.get("to", ()):
            address = str(to.get("email", "")).lower()
            if address in seen:
                yield "personalizations", "Each unique email address in the personalizations array should be unique."
            seen.add(address)


def _sender(mail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not _ADDRESS.fullmatch(str(mail.get("from", {}).get("email", ""))):
        yield "from.email", "The from email does not contain a valid address."
    if "reply_to" in mail and not _ADDRESS.fullmatch(str(mail["reply_to"].get("email", ""))):
        yield "reply_to.email", "The reply_to email does not contain a valid address."


def _content(mail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    contents = mail.get("content") or []
    if not contents:
        yield "content", "Unless a valid template_id is provided, the content parameter is required."
    if [one.get("type") for one in contents] not in (["text/plain", "text/html"], ["text/plain"], ["text/html"]):
        yield "content", "If present, text/plain and text/html may only be provided once, in this order."
    for number, one in enumerate(contents):
        if not one.get("value"):
            yield f"content.{number}.value", "The content value must be a string at least one character in length."


def _person(
    field: str, person: Mapping[str, Any], mail: Mapping[str, Any], bad: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    recipients = person.get("to") or []
    if not recipients:
        yield f"{field}.to", "The to array is required for all personalization objects."
    for number, to in enumerate(recipients):
        address = str(to.get("email", ""))
        if not _ADDRESS.fullmatch(address) or address in bad:
            yield f"{field}.to.{number}.email", f"The to email {address} does not contain a valid address."
        if not _NAME.fullmatch(str(to.get("name", ""))):
            yield f"{field}.to.{number}.name", "The to name has characters that must be quoted."
    if not (person.get("subject") or mail.get("subject")):
        yield f"{field}.subject", "The subject is required."
    for name in ("substitutions", "custom_args"):
        pairs = person.get(name, {})
        if not all(isinstance(value, str) for value in pairs.values()):
            yield f"{field}.{name}", f"The {name} values must be strings."
        elif sum(len(key.encode()) + len(value.encode()) for key, value in pairs.items()) > 10_000:
            yield f"{field}.{name}", f"The total size of your {name} is limited to 10000 bytes."
    yield from _headers(f"{field}.headers", person.get("headers", {}))


def _headers(field: str, headers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        if name.lower() in _RESERVED:
            yield f"{field}.{name}", f"{name} is a reserved header."
        elif not isinstance(value, str) or re.search(r"[\r\n]", value):
            yield f"{field}.{name}", "Header values must be strings on one line."
