"""Opaque ids: 128 random bits as 26 lower-case base32 characters (RFC 4648 alphabet, no padding).

They say nothing about who or what they stand for, fit in a mail address's local part and in a file name, and sort
the same whether or not a system keeps upper and lower case apart.
"""

import base64
import os

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_DIGITS = "0123456789abcdefghijklmnopqrstuv"
# Every other ASCII character is dropped, so that what int() would let pass (signs, capitals) shows as too short.
_TO_DIGITS: dict[int, str | None] = dict.fromkeys(range(128)) | {
    ord(letter): digit for letter, digit in zip(_ALPHABET, _DIGITS, strict=True)
}

ID_LENGTH = 26
ID_BYTES = 16


def new_id() -> str:
    """One new id."""
    return encode_id(os.urandom(ID_BYTES))


def new_ids(count: int) -> list[str]:
    """Many new ids, with one call for randomness."""
    pool = os.urandom(ID_BYTES * count)
    return [encode_id(pool[start : start + ID_BYTES]) for start in range(0, len(pool), ID_BYTES)]


def encode_id(raw: bytes) -> str:
    """The id that stands for these 16 bytes."""
    return base64.b32encode(raw)[:ID_LENGTH].decode("ascii").lower()


def decode_id(text: str) -> bytes | None:
    """The 16 bytes of an id; None for anything that `encode_id` would not have written.

    Python's base32 decoder takes several microseconds; reading the same characters as a number in base 32 takes one.
    """
    if len(text) != ID_LENGTH or not text.isascii():
        return None
    digits = text.translate(_TO_DIGITS)
    if len(digits) != ID_LENGTH:
        return None
    number = int(digits, 32)
    # 26 characters hold 130 bits; the last two must be the zeros that base32 fills up with.
    return None if number & 3 else (number >> 2).to_bytes(ID_BYTES, "big")
