"""Bounces that are no RFC 3464 reports: qmail's, and texts that a mail system wrote. A best effort. Pure.

A return path gets other mail, too: answers of people on holiday, challenges, spam. So nothing counts here unless a mail
system says that it wrote it, and gives the status or reply code of a failure.
"""

import re

from broadcaster.domain.reports import Happened
from broadcaster.providers.reasons import Reason
from broadcaster.providers.smtp.deliverystatus import STATUS, Finding, failure
from broadcaster.providers.smtp.mailparts import Head, Part
from broadcaster.providers.words import without_addresses

_SYSTEM = re.compile(r"\b(?:mailer-?daemon|mail-?daemon|postmaster|microsoftexchange[0-9a-f]{32})\b", re.IGNORECASE)
_FORMS_OF_REPLY = ("x-autoreply", "x-autorespond", "x-vacation")
_DELAY = re.compile(r"\b(?:delay(?:ed)?|deferred|warning|still being retried)\b", re.IGNORECASE)
_COPY_FOLLOWS = re.compile(
    r"^-+ ?(?:below this line is a copy|this is a copy of|original message|returned message)[^\n]*$",
    re.IGNORECASE | re.MULTILINE,
)
_QMAIL = "Hi. This is the"
"""How a qmail bounce begins; its paragraphs on recipients begin with `<` and one that begins with `-` ends them (QSBMF,
cr.yp.to/proto/qsbmf.txt)."""

_FAILED = re.compile(r"(?<![\d.])(5\.[0-7]\.\d{1,3})(?!\.?\d)")
_REPLY_CODE = re.compile(r"(?<![\d.])5[05]\d[ -]")


def is_automatic_reply(head: Head) -> bool:
    """Whether a program answered for a person (RFC 3834, and what was usual before it)."""
    return (
        "vacation" in head.get("auto-submitted").lower()
        or head.get("precedence").strip().lower() == "auto_reply"
        or any(head.get(name) for name in _FORMS_OF_REPLY)
    )


def read_plain(message: Head, parts: list[Part]) -> Finding | None:
    """What a text to our return path says of a delivery; None when it is no bounce, or says too little."""
    text = next((part.text for part in parts if part.head.kind == "text/plain"), "").replace("\r\n", "\n")
    if is_automatic_reply(message):
        return None
    if text.lstrip().startswith(_QMAIL):
        return _read_qmail(text)
    if not (_SYSTEM.search(message.get("from")) or message.get("x-failed-recipients")):
        return None
    text = _COPY_FOLLOWS.split(text, maxsplit=1)[0]
    status = _FAILED.search(text)
    found = status or _REPLY_CODE.search(text)
    if found is None:
        return None
    if _DELAY.search(message.get("subject")):
        return Finding(Happened.PUT_OFF, Reason.TRY_LATER.value)
    # Words that may name the recipient are kept only where one knows what to take out of them.
    address = message.get("x-failed-recipients")
    said = next((line for line in text.splitlines() if found[0] in line), "") if address else found[0]
    return failure(status[1] if status else "", without_addresses(said, address))


def _read_qmail(text: str) -> Finding | None:
    told = re.split(r"\n[ \t]*\n", text)
    for paragraph in told[1:]:
        if paragraph.startswith("-"):
            break
        if paragraph.startswith("<"):
            address, _, words = paragraph.partition("\n")
            status = STATUS.search(words)
            return failure(
                status[1] if status else "", without_addresses(" ".join(words.split()), address.strip("<>: "))
            )
    return None
