"""What a provider is given: a filled message, and nothing about the person beyond what it must have."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutgoingEmail:
    """One filled email. `data` is the whole message with CRLF line ends, not yet dot-stuffed.

    `delivery_id` and `attempt_id` are opaque; `sender` is the envelope sender, `to` the single envelope recipient.
    """

    delivery_id: str
    attempt_id: str
    sender: str
    to: str
    data: bytes


@dataclass(frozen=True, slots=True)
class OutgoingSms:
    """One filled text. `to` is E.164; `encoding` is "GSM-7" or "UCS-2"; `segments` is what it costs."""

    delivery_id: str
    attempt_id: str
    sender: str
    to: str
    body: str
    segments: int
    encoding: str


Outgoing = OutgoingEmail | OutgoingSms
