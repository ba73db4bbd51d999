"""What is personal in a delivery, sealed as one value: the address, the name, the values that fill the gaps."""

import json
from dataclasses import dataclass

from broadcaster.keys import Keyring

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode


@dataclass(frozen=True, slots=True)
class Payload:
    """`values` fill the gaps of the delivery's skeleton, in order."""

    address: str
    name: str
    values: tuple[str, ...]


def seal(keyring: Keyring, delivery_id: str, payload: Payload) -> bytes:
    """The payload sealed for this delivery: in another row it does not open."""
    return keyring.seal(_encode([payload.address, payload.name, *payload.values]).encode(), _context(delivery_id))


def unseal(keyring: Keyring, delivery_id: str, sealed: bytes) -> Payload:
    """The payload of this delivery. Raises `SealBrokenError`."""
    address, name, *values = _decode(keyring.open(sealed, _context(delivery_id)).decode())
    return Payload(address, name, tuple(values))


def _context(delivery_id: str) -> bytes:
    return b"delivery:" + delivery_id.encode()
