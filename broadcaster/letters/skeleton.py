"""Compiled letters: made once per skeleton, then only filled."""

from dataclasses import dataclass
from datetime import datetime

from broadcaster.domain.languages import Direction
from broadcaster.letters.sms import SmsText


@dataclass(frozen=True, slots=True)
class Links:
    """The pages made for one delivery; empty where there is no `public_url`. Each is a whole https URL."""

    web: str = ""
    check: str = ""
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who an email is from: the same for a whole broadcast.

    `list_id` is opaque and goes into List-Id (RFC 2919) as it stands between angle brackets; `logo` is a PNG, JPEG or
    GIF shown by the frame.
    """

    from_name: str
    from_address: str
    reply_to: str | None
    list_id: str
    logo: bytes | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """What only this email has. `to_name` may be empty; `message_id` stands without angle brackets; `date` is aware."""

    to_name: str
    to_address: str
    message_id: str
    date: datetime


class EmailSkeleton:
    """An email with gaps."""

    key: bytes
    language: str
    direction: Direction
    hosts: frozenset[str]

    def fill(self, values: tuple[str, ...], envelope: Envelope, links: Links) -> bytes:
        """The whole message (RFC 5322, CRLF). AddressError when the address cannot stand in a header."""
        raise NotImplementedError

    def subject(self, values: tuple[str, ...], links: Links) -> str:
        raise NotImplementedError

    def text(self, values: tuple[str, ...], links: Links) -> str:
        """The plain text part, with \\n line ends."""
        raise NotImplementedError

    def html(self, values: tuple[str, ...], links: Links) -> str:
        raise NotImplementedError


class SmsSkeleton:
    """A text message with gaps."""

    key: bytes
    language: str
    direction: Direction

    def fill(self, values: tuple[str, ...], links: Links) -> SmsText:
        raise NotImplementedError


Skeleton = EmailSkeleton | SmsSkeleton


def dumps(skeleton: Skeleton) -> bytes:
    """A skeleton for the ledger."""
    raise NotImplementedError


def loads(stored: bytes) -> Skeleton:
    """The skeleton that was stored. SkeletonFormatError when the bytes are no skeleton."""
    raise NotImplementedError
