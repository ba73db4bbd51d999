"""The match of a bounce with its delivery.

There are three clues, and each holds 128 random bits that only the recipient and the servers on the way have seen: the
return path (VERP), the ENVID (RFC 3461) and the Message-ID of what is returned. So a stranger can forge no bounce; who
has one message before him can forge bounces of that one, and have its own address suppressed. An admin can undo that.
"""

import re
from dataclasses import dataclass

from broadcaster.keys.ids import decode_id
from broadcaster.providers.smtp.bounces.mime_parts import MimeHeader

_RETURN_PATH = re.compile(r"\+([a-z2-7]{26})@", re.IGNORECASE)
_ENVELOPE_ID = re.compile(r"\s*(([a-z2-7]{26})-\d{1,6})\s*")
_MESSAGE_ID = re.compile(r"<([a-z2-7]{26})@[^<>\s]+>", re.IGNORECASE)

_DELIVERED_TO = ("delivered-to", "x-original-to", "x-delivered-to", "envelope-to", "x-envelope-to", "to")
"""Where servers write down the address that a message came to, the surest first; the last is the sender's word."""


@dataclass(frozen=True, slots=True)
class DeliveryClues:
    """What tells whose bounce it is: three texts in which our ids may stand; each "" where there is none.

    `address` is the return path that it came to, `envelope_id` what it says the ENVID was, `message_id` that of the
    message it returns.
    """

    address: str = ""
    envelope_id: str = ""
    message_id: str = ""

    @property
    def addressed(self) -> str:
        """The delivery named by the return path."""
        return _id_in(_RETURN_PATH.search(self.address))

    @property
    def attempt(self) -> str:
        """The attempt that it is about, or the delivery where no attempt is named; "" when it is none of ours.

        Clues that contradict each other were put together by somebody: then it is nobody's.
        """
        match = _ENVELOPE_ID.fullmatch(self.envelope_id)
        named = match[2] if match and decode_id(match[2]) else ""
        found = {self.addressed, named, _id_in(_MESSAGE_ID.search(self.message_id))} - {""}
        if len(found) != 1:
            return ""
        return match[1] if match and named else found.pop()

    @property
    def is_loose(self) -> bool:
        """Whether another message came back than the one we sent, as far as one can tell.

        Either a server on the way gives messages an id of its own, or somebody sent his own with our return path.
        """
        return bool(self.message_id) and not _id_in(_MESSAGE_ID.search(self.message_id)) and "-" not in self.attempt


def return_path_of(head: MimeHeader, envelope: str = "") -> str:
    """The return path of ours that a message came to: the envelope's recipient if it is one, else from the header."""
    told = [envelope, *(value for name in _DELIVERED_TO for value in head.all(name))]
    return next((address for address in told if DeliveryClues(address).addressed), "")


def _id_in(match: re.Match[str] | None) -> str:
    """Servers may write addresses in capitals; an id is always in small letters."""
    found = match[1].lower() if match else ""
    return found if decode_id(found) else ""
