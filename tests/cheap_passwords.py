"""Passwords that cost next to nothing to hash, for tests in which people sign in. tests/keys has the real cost."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from broadcaster.keys import passwords


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """argon2id still, with 64 KiB and one pass instead of 64 MiB and three."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    passwords._dummy_hash.cache_clear()
    yield
    passwords._dummy_hash.cache_clear()
