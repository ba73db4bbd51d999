"""How an address is found again without being kept readable; one rule for everybody who looks one up."""

from broadcaster.domain.addresses import sameness
from broadcaster.domain.channels import Channel
from broadcaster.keys import Keyring


def blind_of(keyring: Keyring, channel: Channel, address: str) -> bytes:
    """The blind index of an address (16 bytes): the same for all spellings that reach one person."""
    return keyring.blind(channel.value, sameness(address))
