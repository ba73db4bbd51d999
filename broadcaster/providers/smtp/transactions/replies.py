"""Replies of a mail server, parsed byte by byte (RFC 5321 section 4.2). Pure: no sockets here."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from broadcaster.providers.reasons import Reason

LINE_LIMIT = 4096
"""Octets of one line. The RFC's 512 is often exceeded by a little; a server that sends more than this is not one."""

LINES_LIMIT = 128
"""Lines of one reply; the longest honest one, to EHLO, has about twenty."""

_STATUS = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")
_REFERENCE = re.compile(r"queued as\s+<?([\w.@+=/-]{4,})|\bid=<?([\w.@+=/-]{4,})|^Ok ([0-9a-f-]{20,})", re.IGNORECASE)
_OF_EXIM = re.compile(r"OK id=[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}\b")


class SmtpConnectionLostError(Exception):
    """This connection is of no more use. `slow` tells a silence from a loss: after a silence, haste would not help."""

    def __init__(self, reason: Reason, detail: str = "", *, slow: bool = False) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.slow = slow


class SmtpReply(NamedTuple):
    """One reply. `text` is what stands after the code; several lines are joined by a line feed."""

    code: int
    text: str

    @property
    def status(self) -> str:
        """The enhanced status code (RFC 3463), as "5.1.1"; "" when there is none."""
        match = _STATUS.match(self.text)
        return match[1] if match else ""

    @property
    def reference(self) -> str:
        """The server's name for a message it took, where its reply holds one; "" otherwise."""
        match = _REFERENCE.search(self.text)
        return next((group for group in match.groups() if group), "") if match else ""

    @property
    def is_from_exim(self) -> bool:
        """Whether Exim has taken a message: it names it in a way of its own, whatever its greeting is made to say."""
        return self.code == 250 and _OF_EXIM.match(self.text) is not None


class ReplyReader:
    """Cuts the stream of bytes into replies; what is not a reply, or is without end, breaks the talk."""

    __slots__ = ("_lines", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []

    def feed(self, data: bytes) -> Iterator[SmtpReply]:
        """The replies that `data` completes, one by one: what comes before nonsense still counts.

        Raises TalkBrokenError where the nonsense begins.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            reply = self._line(line)
            if reply is not None:
                yield reply
        if len(self._rest) > LINE_LIMIT:
            raise SmtpConnectionLostError(Reason.GARBLED, "a line of the reply has no end")

    @property
    def partial(self) -> bool:
        """Whether a reply has begun and not ended."""
        return bool(self._rest or self._lines)

    def _line(self, line: bytes) -> SmtpReply | None:
        head, mark = line[:3], line[3:4]
        is_code = len(head) == 3 and head.isdigit() and b"200" <= head < b"600"
        if not (is_code and mark in b" -\r") or len(line) > LINE_LIMIT:
            raise SmtpConnectionLostError(Reason.GARBLED, "the reply does not begin with a reply code")
        if mark == b"-":
            self._lines.append(line)
            if len(self._lines) > LINES_LIMIT:
                raise SmtpConnectionLostError(Reason.GARBLED, "the reply has too many lines")
            return None
        if self._lines:
            lines, self._lines = [*self._lines, line], []
            if any(other[:3] != head for other in lines):
                raise SmtpConnectionLostError(Reason.GARBLED, "the lines of the reply have different codes")
            line = b"\n".join(other[4:].strip() for other in lines)
            return SmtpReply(int(head), line.decode("ascii", "replace"))
        return SmtpReply(int(head), line[4:].strip().decode("ascii", "replace"))
