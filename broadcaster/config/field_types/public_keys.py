"""What a public key looks like as text. Whether it is one, only those can say who use it."""

from base64 import b64decode

_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
"""What stands before the point in the key of an ECDSA signature on the curve P-256 (RFC 5480, section 2)."""

_POINT = 64


def is_p256_key(text: str) -> bool:
    """Whether this is base64 of such a key, as SendGrid shows its own."""
    try:
        octets = b64decode(text.strip(), validate=True)
    except ValueError:
        return False
    return octets.startswith(_P256) and len(octets) == len(_P256) + _POINT
