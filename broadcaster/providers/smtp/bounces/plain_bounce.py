"""Bounces that are no RFC 3464 reports: qmail's, and texts that a mail system wrote. A best effort. Pure.

A return path gets other mail, too: answers of people on holiday, challenges, spam. So nothing counts here unless a mail
system says that it wrote it, and says that or why it failed.
"""

import html
import re

from broadcaster.domain.delivery.reports import ReportedEvent
from broadcaster.providers.answers import STRIKE_AT_ONCE, STRIKE_NEVER, AnswerMeaning, read_answer, says_anything
from broadcaster.providers.reasons import Reason
from broadcaster.providers.redaction import redact
from broadcaster.providers.smtp.bounces.delivery_status import (
    STATUS_PATTERN,
    BounceFinding,
    meaning_of_failure,
    mildest_finding,
)
from broadcaster.providers.smtp.bounces.mime_parts import MimeHeader, MimePart

_SYSTEM = re.compile(
    r"\b(?:mailer-?daemon|mail-?daemon|mdaemon|postmaster|microsoftexchange[0-9a-f]{32}"
    r"|mail[ ._-]?delivery(?:[ ._-]?(?:sub)?(?:system|service))?|delivery[ ._-]subsystem|mail[ ._-](?:system|server)"
    r"|system[ ._-]administrator|ndr@)|<\s*>\s*$",
    re.IGNORECASE,
)
_FORMS_OF_REPLY = ("x-autoreply", "x-autorespond", "x-vacation")
_DELAY = re.compile(r"\b(?:delay(?:ed)?|deferred|warning|still being retried|not yet been delivered)\b", re.IGNORECASE)
_RETRIED = re.compile(
    r"\b(?:has not yet been delivered|will (?:continue|keep|be retried|retry)|has been (?:delayed|postponed)"
    r"|attempts will continue|still being retried)",
    re.IGNORECASE,
)
_COPY_FOLLOWS = re.compile(
    r"^[ \t]*(?:[-=*|>]+ ?(?:below (?:this|the next) line is a copy|(?:this|here) is a copy"
    r"|(?:the )?(?:header of the )?(?:original|returned|unsent|source) ?(?:message|mail)"
    r"|message (?:header|text|body|headers) (?:follow|suppressed)|start of returned|the header (?:of|and)"
    r"|mensaje original|included is a copy)"
    r"|original message (?:follows|headers|attached|details)|a copy of the original message|here is a copy of"
    r"|included is a copy|message headers follow|your message reads|a summary of the undelivered"
    r"|the first \d+ lines of|content-type:[ \t]*message/rfc822)[^\n]*$",
    re.IGNORECASE | re.MULTILINE,
)
_FAILED_WORDS = re.compile(
    r"could not be delivered|cannot be delivered|can't be delivered|was not delivered|not been delivered"
    r"|undeliver(?:able|ed)|not delivered|mail failed|delivery errors|failure reasons"
    r"|deliver(?:y|ed)?\b[^.\n]{0,60}\bfail|fail(?:ed|ure)?\b[^.\n]{0,40}\bdeliver"
    r"|permanent(?:ly)? (?:error|fail|fatal)"
    r"|unable to deliver|did not (?:reach|receive)|not able to deliver|wasn't able to deliver|\(failure\)|returned mail"
    r"|user unknown|mail error|failure notice|delivery problems|error[^.\n]{0,60}\bdeliver"
    r"|was (?:automatically )?rejected|was (?:not (?:accepted|possible)|aborted)|could not (?:deliver|be reached)"
    r"|may not exist",
    re.IGNORECASE,
)
_QMAIL = "Hi. This is the"
"""How a qmail bounce begins; its paragraphs on recipients begin with `<` and one that begins with `-` ends them (QSBMF,
cr.yp.to/proto/qsbmf.txt)."""

_FAILED = re.compile(r"(?<![\d.])(5\.[0-7]\.\d{1,3})(?!\.?\d)")
_REPLY_CODE = re.compile(r"(?<![\d.])5[05]\d[ :-]")
_ANSWER = re.compile(r"(?<![\w.])[45][05]\d[ :#-]+(?=\S)|(?<![\d.])5\.[0-7]\.\d{1,3}(?!\.?\d)")
_FROM_NOBODY = re.compile(r"\s*<(?:mailer-daemon(?:@[^<>\s]*)?)?>\s*$", re.IGNORECASE)
"""The null return path (RFC 5321 section 4.5.5), and what older systems make of it."""

_AT_MAIL = re.compile(r"\b(?:after|in reply to|in response to)(?: the)? MAIL FROM\b")
"""What is refused there is the sender; Exim and Postfix say so."""

_ADDRESSES = re.compile(r"[^\s<>\"'(:;,]{1,64}@[^\s<>\"':;,)]{1,255}")
_ADDRESSES_WITHIN = 8 * 1024

_TAG = re.compile(r"<[!/]?([a-z0-9]{1,20})[^<>]{0,500}>", re.IGNORECASE)
_BREAKS = frozenset({"br", "p", "div", "tr", "td", "li", "h1", "h2", "h3"})

_QUOTED = re.compile(r"^[ \t]*(?:subject|sent|date|from)[ \t]*:[^\n]*$", re.IGNORECASE | re.MULTILINE)


def is_automatic_reply(head: MimeHeader) -> bool:
    """Whether a program answered for a person (RFC 3834, and what was usual before it)."""
    return (
        "vacation" in head.get("auto-submitted").lower()
        or head.get("precedence").strip().lower() == "auto_reply"
        or any(head.get(name) for name in _FORMS_OF_REPLY)
    )


def is_from_a_system(head: MimeHeader) -> bool:
    """Whether a mail system says that it wrote it."""
    is_report = head.kind == "multipart/report" and "delivery-status" in head.get("content-type").lower()
    return bool(is_report or _SYSTEM.search(head.get("from")) or head.get("x-failed-recipients"))


def notification_text(parts: list[MimePart]) -> str:
    """What a notification says for people, without what it returns and what it quotes of our own header."""
    return _QUOTED.sub("", _COPY_FOLLOWS.split(_whole_text(parts), maxsplit=1)[0])


def quoted_answers(text: str) -> str:
    """The servers' own answers in a text, each to the end of its paragraph; "" where it quotes none.

    What stands around them is the same whatever happened: advice, an apology, what may have been wrong.
    """
    paragraphs = re.split(r"\n[ \t]*\n", text)
    found = [paragraph[at.start() :] for paragraph in paragraphs if (at := _ANSWER.search(paragraph))]
    if found and _AT_MAIL.search(text):
        found.append("mail from refused")
    return "\n\n".join(found)


def _whole_text(parts: list[MimePart]) -> str:
    plain = next((part.text for part in parts if part.head.kind == "text/plain" and part.body.strip()), "")
    page = "" if plain else next((part.text for part in parts if part.head.kind == "text/html"), "")
    return (plain or html.unescape(_TAG.sub(_line_or_nothing, page))).replace("\r\n", "\n")


def _line_or_nothing(tag: re.Match[str]) -> str:
    return "\n" if tag[1].lower() in _BREAKS else ""


def read_plain_bounce(message: MimeHeader, parts: list[MimePart]) -> BounceFinding | None:
    """What a text to our return path says of a delivery; None when it is no bounce, or says too little."""
    if is_automatic_reply(message):
        return None
    whole = _whole_text(parts)
    if whole.lstrip().startswith(_QMAIL) and (found := _read_qmail(whole)):
        return found
    text = notification_text(parts)
    status, reply = _FAILED.search(text), _REPLY_CODE.search(text)
    nobody = _FROM_NOBODY.match(message.get("return-path")) is not None
    if not is_from_a_system(message) and not (nobody and status and reply):
        return None  # a person's word, or a person's program: codes alone are quoted by anybody
    code, subject, answers = status or reply, message.get("subject"), quoted_answers(text)
    why = read_answer("", answers if says_anything("", answers) else text)
    is_final = why is not None and why.strikes == STRIKE_AT_ONCE
    if _RETRIED.search(text) or (_DELAY.search(subject) and not is_final):
        return BounceFinding(ReportedEvent.PUT_OFF, Reason.TRY_LATER.value) if code else None
    told = f"{subject} {text}" if why or message.get("x-failed-recipients") else text
    if code is None and not is_final and not _FAILED_WORDS.search(told):
        return None
    if why is None:
        # That it failed is said, and not why: it came back, and counts against nobody unless a code says so.
        why = (
            meaning_of_failure(status[1] if status else "", "")
            if code
            else AnswerMeaning(Reason.ADDRESS_REFUSED, STRIKE_NEVER)
        )
    # Words that may name the recipient are kept only where one knows what to take out of them.
    known = [message.get("x-failed-recipients"), *_ADDRESSES.findall(text[:_ADDRESSES_WITHIN])]
    kept = answers if any(known) and answers else code[0] if code else ""
    return BounceFinding(ReportedEvent.BOUNCED, why.reason.value, redact(" ".join(kept.split()), *known), why.strikes)


def _read_qmail(text: str) -> BounceFinding | None:
    """What each recipient met with; the one who fared best counts, as in a report."""
    found = []
    for paragraph in re.split(r"\n[ \t]*\n|\n(?=<[^>\n]*>:)", text)[1:]:
        if paragraph.startswith("-"):
            break
        if paragraph.startswith("<"):
            address, _, said = paragraph.partition("\n")
            words = " ".join(said.split())
            status = STATUS_PATTERN.search(words)
            why = meaning_of_failure(status[1] if status else "", words)
            kept = redact(words, address.strip("<>: "))
            found.append(BounceFinding(ReportedEvent.BOUNCED, why.reason.value, kept, why.strikes))
    return mildest_finding(found)
