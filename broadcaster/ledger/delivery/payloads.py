"""Payloads: what is personal in a delivery (address, name, values for the gaps), sealed as one value."""

import json
from dataclasses import dataclass

from broadcaster.keys import Keyring

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode


@dataclass(frozen=True, slots=True)
class Payload:
    """The personal part of a delivery. `values` fill the gaps of its skeleton, in order."""

    address: str
    name: str
    values: tuple[str, ...]


def seal(keyring: Keyring, delivery_id: str, payload: Payload) -> bytes:
    """Seal a payload for one delivery; in another row it does not open."""
    return keyring.seal(_encode([payload.address, payload.name, *payload.values]).encode(), _context(delivery_id))


def unseal(keyring: Keyring, delivery_id: str, sealed: bytes) -> Payload:
    """The payload of this delivery. Raises `SealBrokenError`."""
    address, name, *values = _decode(keyring.open(sealed, _context(delivery_id)).decode())
    return Payload(address, name, tuple(values))


def _context(delivery_id: str) -> bytes:
    return b"delivery:" + delivery_id.encode()
