"""Values made unreadable and unalterable (AES-256-GCM)."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broadcaster.keys.errors import SealBrokenError

_VERSION = b"\x01"
_NONCE_BYTES = 12
_SHORTEST = len(_VERSION) + _NONCE_BYTES + 16


class Sealer:
    """Seals and opens with one subkey. Safe to share between threads."""

    def __init__(self, subkey: bytes) -> None:
        self._cipher = AESGCM(subkey)

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """As `Keyring.seal`."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, plain, _VERSION + context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """As `Keyring.open`."""
        if len(sealed) < _SHORTEST or sealed[:1] != _VERSION:
            raise SealBrokenError("a sealed value is cut short or of an unknown kind")
        try:
            return self._cipher.decrypt(sealed[1:13], sealed[13:], _VERSION + context)
        except InvalidTag:
            raise SealBrokenError("a sealed value does not open") from None
