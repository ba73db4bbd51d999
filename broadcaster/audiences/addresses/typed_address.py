"""One address that somebody typed, read by the same rules as the addresses of a roster."""

from broadcaster.audiences.addresses import phones
from broadcaster.audiences.addresses.emails import EmailReader
from broadcaster.audiences.addresses.mobile_numbers import NOT_MOBILE_CODE
from broadcaster.audiences.model.row_errors import Flaw, FlawError
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.text.cleaning import clean_text

_REMEDY = "Give a mobile number with its country code, such as +44 7700 900123."


class TypedAddressError(BroadcasterError):
    """What was typed is no address that could be written to. The message does not repeat it."""

    code = "address-unreadable"
    default_field = "address"


def read_address(text: str, region: str, *, for_texts: bool = False) -> tuple[Channel, str]:
    """The channel by which an address is reached, and the address as a roster's `Recipient` holds it.

    `region` reads numbers without +. With `for_texts` a number must be one to which a text can go; without it, it may
    be any, for what stands on a list can be asked after and struck off. Raises `TypedAddressError`.
    """
    cleaned = clean_text(text)
    try:
        if "@" in cleaned:
            return Channel.EMAIL, EmailReader().read(cleaned)
        number = phones.read_number(cleaned, region)
        if for_texts:
            _refuse_non_mobile(number)
    except FlawError as error:
        remedy = f"{error.flaw.message[0].upper()}{error.flaw.message[1:]}. {error.flaw.remedy}"
        raise TypedAddressError("This is no address that could be written to.", remedy=remedy) from None
    return Channel.SMS, number


def _refuse_non_mobile(number: str) -> None:
    if (what := phones.kind_not_for_texts(number)) is not None:
        raise FlawError(Flaw(NOT_MOBILE_CODE, "phone", f"this is {what}, to which no text can be sent", _REMEDY))
