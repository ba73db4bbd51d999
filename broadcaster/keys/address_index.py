"""Blind indexes of addresses: one rule for everybody who looks one up."""

from broadcaster.domain.contact.addresses import canonical_address
from broadcaster.domain.contact.channels import Channel
from broadcaster.keys import Keyring


def blind_address_index(keyring: Keyring, channel: Channel, address: str) -> bytes:
    """The blind index of an address (16 bytes): the same for all spellings that reach one person."""
    return keyring.blind(channel.value, canonical_address(address))
