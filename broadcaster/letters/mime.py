"""A whole email with gaps, made once: only what differs per recipient is joined in."""

from base64 import encodebytes
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from broadcaster.domain.languages import Direction
from broadcaster.letters import headers
from broadcaster.letters.errors import FrameError
from broadcaster.letters.frames import LOGO_ID
from broadcaster.letters.pieces import Gap, Pieces, Place, escaper
from broadcaster.letters.quoted import PLAIN, SOFT, quote_text, quote_value

_IMAGES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif"}


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
class Need:
    """One gap's value in one place. `plain` says that a value which matches `PLAIN` needs nothing done to it."""

    value: int | str
    encode: Callable[[str], str]
    plain: bool


class Body:
    """The MIME body of an email, quoted-printable already, as pieces to be joined.

    `pieces` has texts at even places and gaps between them; `order` says which of `needs` goes into each gap.
    """

    def __init__(self, text: Pieces, html: Pieces, direction: Direction, name: str, logo: bytes | None) -> None:
        self._needs: dict[tuple[Place, int | str], int] = {}
        self.needs: list[Need] = []
        self.order: list[int] = []
        self._direction = direction
        self._pieces: list[str] = [""]
        alternative, related = f"=_{name}_a", f"=_{name}_r"
        self.content_type = f'multipart/alternative; boundary="{alternative}"'
        self._text(f"--{alternative}\r\n{_leaf('text/plain')}")
        self._add(text)
        self._text(f"\r\n--{alternative}\r\n")
        if logo is not None:
            self._text(
                f'Content-Type: multipart/related; type="text/html"; boundary="{related}"\r\n\r\n--{related}\r\n'
            )
        self._text(_leaf("text/html"))
        self._add(html)
        if logo is not None:
            self._text(f"\r\n--{related}\r\n{_image(logo)}--{related}--\r\n")
        self._text(f"\r\n--{alternative}--\r\n")
        self.pieces: Sequence[str] = self._pieces

    def _text(self, text: str) -> None:
        self._pieces[-1] += text

    def _add(self, pieces: Pieces) -> None:
        for piece in pieces:
            if isinstance(piece, str):
                self._text(quote_text(piece))
                continue
            self._text(SOFT)
            self._pieces += ["", SOFT]
            self.order.append(self._need(piece))

    def _need(self, gap: Gap) -> int:
        known = (gap.place, gap.value)
        if known not in self._needs:
            self._needs[known] = len(self.needs)
            escape = escaper(gap.place, self._direction)
            # In right-to-left text a plain Latin name is isolated, and in a link its spaces are encoded.
            plain = gap.place is Place.HTML or (gap.place is Place.TEXT and self._direction == "ltr")
            self.needs.append(Need(gap.value, lambda value: quote_value(escape(value)), plain))
        return self._needs[known]


def fixed_headers(sender: Sender, language: str, content_type: str) -> tuple[str, str]:
    """The header fields that do not change: those before To, and those at the end."""
    before = headers.mailbox("From", sender.from_name, sender.from_address)
    if sender.reply_to:
        before += headers.mailbox("Reply-To", "", sender.reply_to)
    list_id = f"List-Id: <{sender.list_id}>\r\n" if sender.list_id else ""
    return before, (
        f"{list_id}MIME-Version: 1.0\r\nContent-Language: {language}\r\nContent-Type: {content_type}\r\n\r\n"
    )


def unsubscribe(url: str) -> str:
    """The fields by which mail programs offer to unsubscribe with one click (RFC 2369, RFC 8058); never folded."""
    if not url:
        return ""
    return f"List-Unsubscribe: <{headers.link(url)}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"


def plain_flags(values: Sequence[str]) -> list[bool]:
    """Which values stand for themselves wherever a `Need` is plain."""
    return [PLAIN(value) is not None for value in values]


def _leaf(content_type: str) -> str:
    return f"Content-Type: {content_type}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"


def _image(logo: bytes) -> str:
    kind = next((kind for magic, kind in _IMAGES.items() if logo.startswith(magic)), None)
    if kind is None:
        raise FrameError("the logo is not a PNG, JPEG or GIF", remedy="Save it as PNG.")
    content = encodebytes(logo).decode("ascii").replace("\n", "\r\n")
    return (
        f"Content-Type: image/{kind}\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <{LOGO_ID}>\r\n"
        f"Content-Disposition: inline; filename=logo.{kind}\r\n\r\n{content}"
    )
