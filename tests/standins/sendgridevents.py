"""SendGrid's side of the signed Event Webhook: events as it words them, signed as it signs them."""

import base64
import json
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Event = dict[str, Any]

SIGNATURE, TIMESTAMP = "X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp"


@dataclass(frozen=True)
class Signer:
    """An account's webhook key."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def public_key(self) -> str:
        """The verification key as the account's settings show it."""
        public = self.private.public_key()
        der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    def headers(self, body: bytes, moment: float | None = None) -> dict[str, str]:
        """The two headers for this body."""
        stamp = str(int(time.time() if moment is None else moment))
        signature = self.private.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        return {SIGNATURE: base64.b64encode(signature).decode(), TIMESTAMP: stamp}

    def post(self, url: str, events: Sequence[Event]) -> int:
        """Hand events over to a hook; the status it answers."""
        body = body_of(events)
        request = urllib.request.Request(  # noqa: S310 (the tests' own hook, on the loopback)
            url, body, {"Content-Type": "application/json", **self.headers(body)}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 (as above)
            return int(answer.status)


def body_of(events: Sequence[Event]) -> bytes:
    """Events as they are posted: one to a line, the last ended too."""
    return ("[" + ",\r\n".join(json.dumps(event) for event in events) + "]\r\n").encode()


def event(kind: str, attempt_id: str, number: int = 1, /, **more: Any) -> Event:
    """One event about an attempt; `number` makes its id."""
    return {
        "email": f"person{number}@example.net",
        "timestamp": int(time.time()),
        "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
        "event": kind,
        "sg_event_id": f"{kind}-{number}",
        "sg_message_id": f"stand-in-{number:08}.filter0001",
        "attempt_id": attempt_id,
        **more,
    }
