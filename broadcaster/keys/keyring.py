"""The keyring: one master key, a subkey for each purpose, and what can be done with them."""

import hmac
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from broadcaster.keys.master_key import KEY_BYTES, create_master_key, load_master_key

if TYPE_CHECKING:
    from broadcaster.keys.sealing import Sealer
    from broadcaster.keys.tokens import LinkTokens

BLIND_BYTES = 16


class Keyring:
    """Seals, blinds, signs and mints with the subkeys of one master key. Safe to share between threads.

    Subkeys come from HKDF-SHA-256 (RFC 5869) with the purpose as `info`. It is HMAC twice, for a key of one block and
    without salt, so that who seals nothing loads no cryptography.
    """

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY_BYTES:
            raise ValueError(f"a master key has {KEY_BYTES} bytes")
        self._extracted = hmac.digest(bytes(KEY_BYTES), master, "sha256")
        self._blind_key = self._subkey("blind")
        self._sign_key = self._subkey("sign")

    @classmethod
    def load(cls, key_file: Path, environ: Mapping[str, str]) -> Self:
        """The project's keyring, from `BROADCASTER_KEY` or else from `key_file`.

        Raises `KeyMissingError`, `KeyMalformedError`, `KeyUnprotectedError`.
        """
        return cls(load_master_key(key_file, environ))

    @classmethod
    def create(cls, key_file: Path) -> Self:
        """A new key, kept in `key_file` with mode 0600. Raises `KeyExistsError`; never overwrites."""
        return cls(create_master_key(key_file))

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """`plain` made unreadable and unalterable (AES-256-GCM): a version byte, 12 random bytes, what is sealed.

        `context` says where the value belongs, such as a table and row; it is not stored, and opening with another
        one fails, so that nobody can move a sealed value to where it would mean something else. Random nonces are
        good for 2**32 values under one key (NIST SP 800-38D, section 8.3).
        """
        return self._sealer.seal(plain, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """What was sealed. Raises `SealBrokenError` when it was altered, moved, or sealed with another key."""
        return self._sealer.open(sealed, context)

    def blind(self, kind: str, value: str) -> bytes:
        """16 bytes by which equal values of one kind can be found again without being readable.

        The caller normalises `value` first. `kind` is a fixed word of ours ("email", "sms"), without NUL.
        """
        message = f"{kind}\0{value}".encode()
        return hmac.digest(self._blind_key, message, "sha256")[:BLIND_BYTES]

    def sign(self, message: bytes) -> str:
        """64 hexadecimal characters (HMAC-SHA-256) that only a holder of the key can make for `message`."""
        return hmac.digest(self._sign_key, message, "sha256").hex()

    def verify(self, message: bytes, signature: str) -> bool:
        """Whether `signature` was made by `sign` for this very message, told in constant time."""
        return hmac.compare_digest(self.sign(message).encode(), signature.encode("utf-8", errors="replace"))

    @cached_property
    def mark_key(self) -> bytes:
        """The subkey for the marks of roster rows."""
        return self._subkey("mark")

    @cached_property
    def check_value(self) -> str:
        """16 hexadecimal characters by which a ledger knows its key again; they say nothing about the key."""
        return hmac.digest(self._subkey("check"), b"broadcaster", "sha256")[:8].hex()

    def tokens(self, purpose: str) -> "LinkTokens":
        """Mints and reads tokens of one purpose ("web", "unsubscribe"); those of another do not fit."""
        from broadcaster.keys.tokens import LinkTokens

        return LinkTokens(self._subkey(f"token:{purpose}"))

    def _subkey(self, purpose: str) -> bytes:
        info = f"broadcaster:{purpose}".encode()
        return hmac.digest(self._extracted, info + b"\x01", "sha256")

    @cached_property
    def _sealer(self) -> "Sealer":
        from broadcaster.keys.sealing import Sealer

        return Sealer(self._subkey("seal"))
