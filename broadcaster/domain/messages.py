"""What a provider is given: a filled message, and nothing about the person beyond what it must have."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutgoingEmail:
    """One filled email. `data` is the whole message with CRLF line ends, not yet dot-stuffed.

    `delivery_id` and `attempt_id` are opaque; `sender` is the envelope sender, `to` the single envelope recipient.

    `vouched` is the maker's word that `data` is ASCII, that every line, the last one too, ends with CRLF, that neither
    CR nor LF stands by itself, and that no line begins with a full stop. It spares the provider to look: searching
    a message costs more than filling it. Without it the provider looks for itself.
    """

    delivery_id: str
    attempt_id: str
    sender: str
    to: str
    data: bytes
    vouched: bool = False


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
