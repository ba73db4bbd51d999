"""Invented messages to invented people."""

import hashlib
from datetime import UTC, datetime

from broadcaster.domain.doubts import InDoubt
from broadcaster.domain.messages import Outgoing, OutgoingEmail, OutgoingSms


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


def fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def doubt(delivery_id: str, message: Outgoing | None = None) -> InDoubt:
    """An attempt whose answer was lost."""
    return InDoubt(delivery_id, f"{delivery_id}-1", datetime(2026, 12, 1, 9, tzinfo=UTC), lambda: message)
