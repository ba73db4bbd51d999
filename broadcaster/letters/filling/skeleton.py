"""Skeletons: compiled messages with gaps, which are filled for each recipient."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from broadcaster.domain.language.language_tags import Direction
from broadcaster.letters.filling import email_headers
from broadcaster.letters.filling.mime import EmailSender, MimeBody, fixed_headers
from broadcaster.letters.filling.quoted_printable import PLAIN_VALUE
from broadcaster.letters.rendering.fragments import Fragments, Links, fill_fragments
from broadcaster.letters.rendering.frames import LOGO_ID, data_url
from broadcaster.letters.text.sms_encoding import SmsText, count_segments


@dataclass(frozen=True, slots=True)
class Envelope:
    """The header values of one email. `to_name` may be ""; `message_id` has no angle brackets; `date` is aware."""

    to_name: str
    to_address: str
    message_id: str
    date: datetime


@dataclass(frozen=True)
class EmailSkeleton:
    """An email with gaps. `body_links` are the links of the letter's body, as text and target; `hosts` their hosts."""

    key: bytes
    language: str
    direction: Direction
    sender: EmailSender
    subject_fragments: Fragments
    text_fragments: Fragments
    html_fragments: Fragments
    body_links: tuple[tuple[Fragments, Fragments], ...] = ()
    hosts: frozenset[str] = frozenset()
    preheader_fragments: Fragments = ()

    def fill(self, values: Sequence[str], envelope: Envelope, links: Links) -> bytes:
        """The whole message (RFC 5322): ASCII, lines ended with CRLF, none beginning with a full stop.

        Raises HeaderAddressError when the address or a link cannot be in a header.
        """
        body = self._body
        flags = [PLAIN_VALUE(value) is not None for value in values]
        encoded = [
            values[need.value] if need.plain and flags[need.value] else need.encode(values[need.value])
            for need in body.values
        ]
        encoded += [need.encode(getattr(links, need.name)) for need in body.links]
        pieces = self._pieces[:]
        pieces[1::2] = [encoded[at] for at in body.order]
        before, after = self._headers
        head = (
            f"{before}{email_headers.mailbox('To', envelope.to_name, envelope.to_address)}"
            f"Date: {email_headers.date(envelope.date)}\r\n"
            f"Message-ID: <{email_headers.plain_address(envelope.message_id)}>\r\n"
            f"{email_headers.unstructured('Subject', self.subject(values, links))}"
            f"{email_headers.unsubscribe_headers(links.unsubscribe)}{after}"
        )
        pieces[0] = head + pieces[0]  # one join copies the message only once
        return "".join(pieces).encode("ascii")

    def subject(self, values: Sequence[str], links: Links) -> str:
        """The subject, on one line."""
        return self._filled(self.subject_fragments, values, links)

    def preheader(self, values: Sequence[str], links: Links) -> str:
        """The preheader, which message lists show beside the subject; "" for a letter without one."""
        return self._filled(self.preheader_fragments, values, links)

    def text(self, values: Sequence[str], links: Links) -> str:
        """The plain text part, with \\n line ends."""
        return self._filled(self.text_fragments, values, links)

    def html(self, values: Sequence[str], links: Links) -> str:
        """The HTML part: a whole document."""
        return self._filled(self.html_fragments, values, links)

    def page(self, values: Sequence[str], links: Links) -> str:
        """The HTML part as a web page: the same document with the logo as a data: URL."""
        return self._filled(self.page_fragments, values, links)

    @property
    def page_fragments(self) -> Fragments:
        """The fragments of the web page."""
        logo = self.sender.logo
        if logo is None:
            return self.html_fragments
        # Only in static text: a value may contain "cid:" too.
        beside, within = f'"cid:{LOGO_ID}"', f'"{data_url(logo)}"'
        return tuple(
            fragment.replace(beside, within) if isinstance(fragment, str) else fragment
            for fragment in self.html_fragments
        )

    def links_in(self, values: Sequence[str], links: Links) -> tuple[tuple[str, str], ...]:
        """The links of the letter's body as (text, target)."""
        return tuple(
            (self._filled(text, values, links), self._filled(target, values, links)) for text, target in self.body_links
        )

    def _filled(self, fragments: Fragments, values: Sequence[str], links: Links) -> str:
        return fill_fragments(fragments, self.direction, values, links)

    @cached_property
    def _body(self) -> MimeBody:
        return MimeBody(self.text_fragments, self.html_fragments, self.direction, self.key.hex()[:24], self.sender.logo)

    @cached_property
    def _pieces(self) -> list[str]:
        return list(self._body.pieces)

    @cached_property
    def _headers(self) -> tuple[str, str]:
        return fixed_headers(self.sender, self.language, self._body.content_type)


@dataclass(frozen=True)
class SmsSkeleton:
    """A text message with gaps."""

    key: bytes
    language: str
    direction: Direction
    fragments: Fragments

    def fill(self, values: Sequence[str], links: Links) -> SmsText:
        """The text, with the segments it takes and the encoding it needs."""
        return count_segments(fill_fragments(self.fragments, self.direction, values, links))


Skeleton = EmailSkeleton | SmsSkeleton
