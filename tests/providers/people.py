"""Invented messages to invented people."""

import hashlib
from datetime import UTC, datetime

from broadcaster.domain.delivery.outgoing_messages import (
    MergeTemplate,
    Outgoing,
    OutgoingEmail,
    OutgoingMerge,
    OutgoingSms,
)
from broadcaster.domain.delivery.unsure_attempts import UnsureAttempt


def email(number: int, text: bytes = b"Peace be with you.\r\n", to: str = "") -> OutgoingEmail:
    """One email. `text` is its body; `number` makes ids, address and Message-ID."""
    head = f"From: desk@example.org\r\nTo: p{number}@example.net\r\nMessage-ID: <m{number}@letters.example>\r\n\r\n"
    return OutgoingEmail(
        delivery_id=f"delivery{number}",
        attempt_id=f"attempt{number}",
        sender=f"bounces+{number}@example.org",
        to=to or f"person{number}@example.net",
        data=head.encode() + text,
    )


def sms(number: int, text: str = "Peace be with you.") -> OutgoingSms:
    """One text to a drama number."""
    return OutgoingSms(f"delivery{number}", f"attempt{number}", "Example", f"+447700900{number:03}", text, 1, "GSM-7")


TAGS = ("Qx7Lm2Pz9Wk4Tn0", "Qx7Lm2Pz9Wk4Tn1", "Qx7Lm2Pz9Wk4Tn2")
TEMPLATE = MergeTemplate(
    key="template-1",
    from_name="Robin Hartwell, Ashmere Police",
    from_address="officer@ashmere.example",
    reply_to="officer@ashmere.example",
    text=f"Dear {TAGS[0]},\n\nall is well. {TAGS[2]}\n",
    html=f'<p>Dear <bdi>{TAGS[1]}</bdi>,</p><p>all is <b>well</b>. <a href="{TAGS[2]}">More</a></p>',
    tags=TAGS,
    headers={"List-Id": "<a1b2.letters.example>", "Content-Language": "en"},
)


def merge(number: int, text: str = "Amina", to: str = "", template: MergeTemplate = TEMPLATE) -> OutgoingMerge:
    """One email for a provider that fills gaps itself. `text` fills the first gaps; `number` makes ids and address."""
    link = f"https://letters.example.org/u/token{number}"
    return OutgoingMerge(
        delivery_id=f"delivery{number}",
        attempt_id=f"delivery{number}-1",
        to=to or f"person{number}@example.net",
        to_name=f"Person {number}",
        subject=f"News {number}",
        template=template,
        substitutions=(text, text.replace("&", "&amp;").replace("<", "&lt;"), link)[: len(template.tags)],
        headers={"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )


def fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def doubt(delivery_id: str, message: Outgoing | None = None) -> UnsureAttempt:
    """An attempt whose answer was lost."""
    return UnsureAttempt(delivery_id, f"{delivery_id}-1", datetime(2026, 12, 1, 9, tzinfo=UTC), lambda: message)
