"""Sealing, blind indexes, tokens and signatures: everything that hangs on the project's one key.

What is secret is the key file; every purpose has its own subkey, so that none can be used for another's work.
"""

from broadcaster.keys.errors import (
    KeyExistsError,
    KeyMalformedError,
    KeyMismatchError,
    KeyMissingError,
    KeyUnprotectedError,
    SealBrokenError,
)
from broadcaster.keys.ids import new_id, new_ids
from broadcaster.keys.keyring import Keyring

__all__ = [
    "KeyExistsError",
    "KeyMalformedError",
    "KeyMismatchError",
    "KeyMissingError",
    "KeyUnprotectedError",
    "Keyring",
    "SealBrokenError",
    "new_id",
    "new_ids",
]
