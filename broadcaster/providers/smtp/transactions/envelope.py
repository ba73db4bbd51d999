"""A message as SMTP carries it: commands, parameters, dot-stuffing, and what cannot be carried at all. Pure."""

import re
from dataclasses import dataclass

from broadcaster.domain.delivery.outgoing_messages import OutgoingEmail
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.reasons import Reason
from broadcaster.providers.smtp.transactions.verdicts import SmtpPhase

DOT = b".\r\n"
RSET = b"RSET\r\n"
QUIT = b"QUIT\r\n"
DATA = b"DATA\r\n"

# Printable ASCII without space and brackets: what else may stand in an address could end the command early.
_MAILBOX = re.compile(r"[!-;=?-~]{1,320}")
_XTEXT = re.compile(r"[^!-*,-<>-~]")


@dataclass(frozen=True, slots=True)
class ServerExtensions:
    """What the server said it can do (EHLO). `size` is its limit in octets, 0 when it named none."""

    pipelining: bool = False
    dsn: bool = False
    eight_bit: bool = False
    takes_size: bool = False
    size: int = 0


def find_obstacle(message: OutgoingEmail, offer: ServerExtensions) -> Receipt | None:
    """The receipt of a message that must not be handed over to this server; None when nothing stands in the way."""
    data = message.data
    if not _MAILBOX.fullmatch(message.sender):
        return _stop_receipt(
            message, Outcome.HALTED, Reason.SENDER_REFUSED, SmtpPhase.MAIL, "the sender is not a plain address"
        )
    if not _MAILBOX.fullmatch(message.to):
        return _stop_receipt(
            message, Outcome.REFUSED, Reason.ADDRESS_MALFORMED, SmtpPhase.RCPT, "not a plain ASCII address"
        )
    if not message.vouched and _has_stray_line_end(data):
        return _stop_receipt(
            message, Outcome.REFUSED, Reason.MESSAGE_MALFORMED, SmtpPhase.BODY, "a line end is not CRLF"
        )
    if offer.size and len(data) > offer.size:
        detail = f"it has {len(data)} octets, the server takes {offer.size}"
        return _stop_receipt(message, Outcome.REFUSED, Reason.MESSAGE_TOO_LARGE, SmtpPhase.MAIL, detail)
    if not offer.eight_bit and not message.vouched and not data.isascii():
        return _stop_receipt(
            message, Outcome.REFUSED, Reason.MESSAGE_MALFORMED, SmtpPhase.BODY, "8-bit text, which the server lacks"
        )
    return None


def mail_command(message: OutgoingEmail, offer: ServerExtensions) -> bytes:
    """MAIL with the parameters the server takes (RFC 1870, 6152, 3461).

    `RET=HDRS` keeps the letter out of bounces; `ENVID` makes them name our attempt.
    """
    parameters = ""
    if offer.takes_size:
        parameters = f" SIZE={len(message.data)}"
    if offer.dsn:
        parameters += f" RET=HDRS ENVID={xtext(message.attempt_id)}"
    if offer.eight_bit and not message.vouched and not message.data.isascii():
        parameters += " BODY=8BITMIME"
    return f"MAIL FROM:<{message.sender}>{parameters}\r\n".encode("ascii")


def message_body(message: OutgoingEmail) -> bytes:
    """What follows DATA, but for the final dot."""
    return message.data if message.vouched else dot_stuffed(message.data)


def rcpt_command(message: OutgoingEmail, offer: ServerExtensions) -> bytes:
    """RCPT for the one recipient.

    `NOTIFY=FAILURE` (RFC 3461) asks for bounces and keeps notes of a delay away, of which a large letter would bring
    thousands. No ORCPT: a bounce names the address without it.
    """
    parameters = " NOTIFY=FAILURE" if offer.dsn else ""
    return f"RCPT TO:<{message.to}>{parameters}\r\n".encode("ascii")


def dot_stuffed(data: bytes) -> bytes:
    """`data` with a dot doubled where it begins a line (RFC 5321 section 4.5.2), and a line end at its end."""
    if b"\r\n." in data:
        data = data.replace(b"\r\n.", b"\r\n..")
    if data[:1] == b".":
        data = b"." + data
    return data if data[-2:] == b"\r\n" or not data else data + b"\r\n"


def xtext(value: str) -> str:
    """`value` as a DSN parameter may carry it (RFC 3461 section 4)."""
    return _XTEXT.sub(lambda match: "".join(f"+{octet:02X}" for octet in match[0].encode()), value)


def _has_stray_line_end(data: bytes) -> bool:
    """A bare CR or LF is how one message smuggles another past the final dot (RFC 5321 section 2.3.8 forbids them)."""
    newlines = data.count(b"\r\n")
    return data.count(b"\n") != newlines or data.count(b"\r") != newlines


def _stop_receipt(message: OutgoingEmail, outcome: Outcome, reason: Reason, phase: SmtpPhase, detail: str) -> Receipt:
    return Receipt(message.delivery_id, outcome, reason.value, phase.value, detail=detail)
