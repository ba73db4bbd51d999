"""Passwords of staff, kept as argon2id (RFC 9106, the second recommended option: 64 MiB, three passes).

A hash takes about a tenth of a second and 64 MiB, so whoever calls this bounds how many run at once.
"""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


def hash_password(password: str) -> str:
    """The hash to keep, with its own salt and parameters in it."""
    return _HASHER.hash(password)


def verify_password(password: str, kept: str | None) -> bool:
    """Whether `kept` was made from `password`.

    With None (nobody of that name, or no password yet) it is False after the same work, so that the time does not tell
    who works here.
    """
    try:
        return _HASHER.verify(kept or _dummy_hash(), password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _dummy_hash() -> str:
    return hash_password("nobody has this password, and nobody gets in with it")
