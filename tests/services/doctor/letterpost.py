"""One of our messages, signed as servers sign, and the records that its domains publish."""

import base64
import functools
from collections.abc import Sequence

import dkim  # type: ignore[import-untyped]
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

AUTHOR = "ashmere.example"
BOTH = (b"list-unsubscribe", b"list-unsubscribe-post")
USUAL = (b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type")

MESSAGE = b"""\
Return-Path: <bounces+token@ashmere.example>
Received: from mx.relay.example (mx.relay.example [192.0.2.7]) by mx.mailbox.example (Postfix) with ESMTPS\r
 (TLS1.3) id 1234; Sun, 29 Nov 2026 10:00:01 +0000
From: "Robin Hartwell" <officer@ashmere.example>
To: someone@mailbox.example
Subject: [Test] News
Date: Sun, 29 Nov 2026 10:00:00 +0000
Message-ID: <abc@ashmere.example>
List-Unsubscribe: <https://letters.example.org/u/sample>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
MIME-Version: 1.0
Content-Type: text/plain; charset="us-ascii"

All is well.
""".replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@functools.cache
def key(bits: int = 2048, which: str = "") -> tuple[bytes, str]:
    """A private key (PEM), and the `p=` of its record; another one for another `which`."""
    del which
    made = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    pem = made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    public = made.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem, base64.b64encode(public).decode()


def published(public: str, **changes: Sequence[str] | None) -> dict[str, list[str]]:
    """What the author's domain publishes; `changes` by `key`, `dmarc` and `spf`, None for nothing."""
    plain: dict[str, Sequence[str] | None] = {
        "key": [f"v=DKIM1; k=rsa; p={public}"],
        "dmarc": ["v=DMARC1; p=none"],
        "spf": ["v=spf1 ip4:192.0.2.7 -all"],
    }
    plain |= changes
    names = {"key": f"s1._domainkey.{AUTHOR}", "dmarc": f"_dmarc.{AUTHOR}", "spf": AUTHOR}
    return {names[what]: list(texts) for what, texts in plain.items() if texts is not None}


def signed(
    message: bytes = MESSAGE,
    headers: Sequence[bytes] = (*USUAL, *BOTH),
    pem: bytes | None = None,
    domain: str = AUTHOR,
    *,
    length: bool = False,
) -> bytes:
    """The message with one more signature at its head."""
    present = {line.partition(b":")[0].lower() for line in message.partition(b"\r\n\r\n")[0].split(b"\r\n")}
    names = [name for name in headers if name in present]
    private = pem or key()[0]
    line: bytes = dkim.sign(message, b"s1", domain.encode(), private, include_headers=names, length=length)
    return line + message
