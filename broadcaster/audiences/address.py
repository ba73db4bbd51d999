"""One address that somebody typed, read by the same rules as the addresses of a roster."""

from broadcaster.audiences import phones
from broadcaster.audiences.emails import EmailReader
from broadcaster.audiences.flaws import FlawError
from broadcaster.domain.channels import Channel
from broadcaster.domain.cleaning import clean
from broadcaster.domain.errors import BroadcasterError


class AddressError(BroadcasterError):
    """What was typed is no address that could be written to. The message does not repeat it."""

    code = "address-unreadable"


def read_address(text: str, region: str) -> tuple[Channel, str]:
    """The channel by which an address is reached, and the address as a roster's `Recipient` holds it.

    `region` reads numbers without +. Raises `AddressError`.
    """
    cleaned = clean(text)
    try:
        if "@" in cleaned:
            return Channel.EMAIL, EmailReader().read(cleaned)
        return Channel.SMS, phones.read(cleaned, region)
    except FlawError as error:
        remedy = f"{error.flaw.message[0].upper()}{error.flaw.message[1:]}. {error.flaw.remedy}"
        raise AddressError("This is no address that could be written to.", remedy=remedy) from None
