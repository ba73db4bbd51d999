"""Tokens for links: an id made unguessable and unlinkable, without storing anything.

A token is the id's 16 bytes through AES-256 as a keyed permutation of 128-bit blocks, written in base64url. Under a
purpose's own subkey the result is as good as random to whoever lacks the key: it cannot be guessed, and tokens of two
purposes for the same id have nothing in common. Each id is exactly one block of random bits and no two ids are
equal, so the weakness of ECB (equal blocks show) has nothing to show, and many ids pass in one call.
"""

import base64
import binascii
from collections.abc import Iterable, Sequence

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from broadcaster.keys.ids import ID_BYTES, decode_id, encode_id

TOKEN_LENGTH = 22
_PADDED_LENGTH = 24


def id_blocks(ids: Iterable[str]) -> bytes:
    """The 16 bytes of each id, one after the other. Raises `ValueError` for what is not an id of ours."""
    blocks = [decode_id(one) for one in ids]
    if None in blocks:
        raise ValueError("a token can only be minted for an id made by new_id()")
    return b"".join(block for block in blocks if block is not None)


class LinkTokens:
    """Mints and reads the tokens of one purpose. Safe to share between threads."""

    def __init__(self, subkey: bytes) -> None:
        # One random block per id is a bare permutation; see the module's text for why ECB is right here.
        self._cipher = Cipher(algorithms.AES(subkey), modes.ECB())  # noqa: S305

    def mint(self, ids: Sequence[str]) -> list[str]:
        """The token of each id, 22 base64url characters. Raises `ValueError` for what is not an id of ours."""
        return self.mint_blocks(id_blocks(ids))

    def mint_blocks(self, blocks: bytes) -> list[str]:
        """As `mint`, for what `id_blocks` made of the ids: whoever mints for several purposes reads the ids once."""
        mixed = self._cipher.encryptor().update(blocks)
        # 16 bytes and 2 of padding make 24 characters, of which the first 22 hold the 128 bits.
        padded = [mixed[start : start + ID_BYTES] + b"\0\0" for start in range(0, len(mixed), ID_BYTES)]
        text = base64.urlsafe_b64encode(b"".join(padded)).decode("ascii")
        return [text[start : start + TOKEN_LENGTH] for start in range(0, len(text), _PADDED_LENGTH)]

    def read(self, token: str) -> str | None:
        """The id inside, or None for anything malformed.

        A well-formed token that was never minted gives an id that nothing has: the answer to both must look the same.
        """
        if len(token) != TOKEN_LENGTH or not token.isascii():
            return None
        try:
            block = base64.b64decode(token + "==", altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        # Sixteen spellings of the last character would decode alike; only the one we write is taken.
        if base64.urlsafe_b64encode(block)[:TOKEN_LENGTH].decode("ascii") != token:
            return None
        return encode_id(self._cipher.decryptor().update(block))
