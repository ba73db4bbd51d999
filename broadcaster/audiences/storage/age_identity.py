"""Making the key of encrypted rosters, for those who have no age of their own at hand."""

import os
from pathlib import Path

import pyrage  # type: ignore[import-untyped]  # it ships no types

from broadcaster.audiences.storage.encrypted_file import IdentityError


def make_identity(path: Path) -> bool:
    """Make an age identity file (age-encryption.org/v1, X25519) for its owner alone; False when there is one already.

    Raises `IdentityError`.
    """
    identity = pyrage.x25519.Identity.generate()
    if path.exists():
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise IdentityError(f"The key file {path.name} cannot be made: {error.strerror}.") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"# public key: {identity.to_public()}\n{identity}\n")
        file.flush()
        os.fsync(file.fileno())
    return True
