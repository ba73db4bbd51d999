"""The MIME form of an email with gaps, made once per skeleton."""

from base64 import encodebytes
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from broadcaster.domain.language.language_tags import Direction
from broadcaster.letters.filling import email_headers
from broadcaster.letters.filling.quoted_printable import SOFT_BREAK, quote_text, quote_value
from broadcaster.letters.rendering.fragments import Fragments, Gap, GapPlace, escaper_for
from broadcaster.letters.rendering.frames import LOGO_ID, image_kind


@dataclass(frozen=True, slots=True)
class EmailSender:
    """The sender of all emails of a broadcast.

    `list_id` is opaque, has the form of a host's name, and goes between the angle brackets of List-Id (RFC 2919).
    `logo` is a PNG, JPEG or GIF that the frame shows.
    """

    from_name: str
    from_address: str
    reply_to: str | None
    list_id: str
    logo: bytes | None = None


@dataclass(frozen=True, slots=True)
class EncodedValue:
    """A value in one place. With `plain`, a value matching `quoted_printable.PLAIN_VALUE` needs no encoding there."""

    value: int
    encode: Callable[[str], str]
    plain: bool


@dataclass(frozen=True, slots=True)
class EncodedLink:
    """A link in one place."""

    name: str
    encode: Callable[[str], str]


class MimeBody:
    """The MIME body of an email, quoted-printable already, as texts to be joined.

    `pieces` has texts at even indexes and gaps at odd ones. `order` has for each gap an index into the encoded `values`
    followed by the encoded `links`.
    """

    def __init__(self, text: Fragments, html: Fragments, direction: Direction, name: str, logo: bytes | None) -> None:
        self.values: list[EncodedValue] = []
        self.links: list[EncodedLink] = []
        self.order: list[int] = []
        self._gaps: list[Gap] = []
        self._direction = direction
        self._pieces: list[str] = [""]
        alternative, related = f"=_{name}_a", f"=_{name}_r"
        self.content_type = f'multipart/alternative; boundary="{alternative}"'
        self._text(f"--{alternative}\r\n{_text_part_headers('text/plain')}")
        self._add(text)
        self._text(f"\r\n--{alternative}\r\n")
        if logo is not None:
            self._text(
                f'Content-Type: multipart/related; type="text/html"; boundary="{related}"\r\n\r\n--{related}\r\n'
            )
        self._text(_text_part_headers("text/html"))
        self._add(html)
        if logo is not None:
            self._text(f"\r\n--{related}\r\n{_logo_part(logo)}--{related}--\r\n")
        self._text(f"\r\n--{alternative}--\r\n")
        self.pieces: Sequence[str] = self._pieces
        self._settle()

    def _text(self, text: str) -> None:
        self._pieces[-1] += text

    def _add(self, pieces: Fragments) -> None:
        for piece in pieces:
            if isinstance(piece, str):
                self._text(quote_text(piece))
                continue
            self._text(SOFT_BREAK)
            self._pieces += ["", SOFT_BREAK]
            self._gaps.append(piece)

    def _settle(self) -> None:
        """List each value and link once per kind of place, so that it is encoded once."""
        unique = list(dict.fromkeys(self._gaps))
        values = [gap for gap in unique if isinstance(gap.value, int)]
        links = [gap for gap in unique if isinstance(gap.value, str)]
        for gap in values:
            # Right-to-left text isolates a Latin name, and a link percent-encodes its spaces.
            plain = gap.place is GapPlace.HTML or (gap.place is GapPlace.TEXT and self._direction == "ltr")
            self.values.append(EncodedValue(int(gap.value), self._encoder(gap.place), plain))
        self.links += [EncodedLink(str(gap.value), self._encoder(gap.place)) for gap in links]
        numbers = {gap: at for at, gap in enumerate((*values, *links))}
        self.order = [numbers[gap] for gap in self._gaps]

    def _encoder(self, place: GapPlace) -> Callable[[str], str]:
        escape = escaper_for(place, self._direction)
        return lambda value: quote_value(escape(value))


def fixed_headers(sender: EmailSender, language: str, content_type: str) -> tuple[str, str]:
    """The header fields that are the same for all recipients: those before To, and those at the end."""
    before = email_headers.mailbox("From", sender.from_name, sender.from_address)
    if sender.reply_to:
        before += email_headers.mailbox("Reply-To", "", sender.reply_to)
    list_id = f"List-Id: <{email_headers.list_id(sender.list_id)}>\r\n" if sender.list_id else ""
    return before, (
        f"{list_id}MIME-Version: 1.0\r\nContent-Language: {language}\r\nContent-Type: {content_type}\r\n\r\n"
    )


def _text_part_headers(content_type: str) -> str:
    return f"Content-Type: {content_type}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"


def _logo_part(logo: bytes) -> str:
    kind = image_kind(logo)
    content = encodebytes(logo).decode("ascii").replace("\n", "\r\n")
    return (
        f"Content-Type: image/{kind}\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <{LOGO_ID}>\r\n"
        f"Content-Disposition: inline; filename=logo.{kind}\r\n\r\n{content}"
    )
