"""What a reply means for the message (RFC 5321 section 4.2.3). What it means for the address is read as in a bounce."""

import re
from enum import StrEnum

from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.answers import STRIKE_AT_ONCE, STRIKE_NEVER, read_answer
from broadcaster.providers.reasons import Reason
from broadcaster.providers.redaction import redact
from broadcaster.providers.smtp.transactions.replies import SmtpConnectionLostError, SmtpReply


class SmtpPhase(StrEnum):
    """How far the talk with the mail server has come. Stored with an attempt that failed."""

    CONNECT = "connect"
    TLS = "tls"
    GREETING = "greeting"
    EHLO = "ehlo"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    FINAL_DOT = "final-dot"
    RSET = "rset"
    QUIT = "quit"


_TOO_LARGE = frozenset({"5.2.3", "5.3.4"})
_WANTS_SIGN_IN = frozenset({530, 534, 535, 538})  # RFC 4954 section 6
OUT_OF_SEQUENCE = frozenset({500, 501, 502, 503})
"""Codes about the command itself, its words or its place (RFC 5321 section 4.2.2), and not about whom it names."""

_ABOUT_THE_COMMAND = "5.5."  # enhanced statuses of this subject are about the talk (RFC 3463 section 3.6)
_SIGN_IN_FIRST = re.compile(r"\bauth", re.IGNORECASE)
_BUSY = frozenset({"4.3.0", "4.3.1", "4.3.2", "4.4.5"})

_ReplyFinding = tuple[Outcome, Reason, int]


def judge_reply(phase: SmtpPhase, reply: SmtpReply, delivery_id: str, to: str) -> Receipt:
    """The receipt for a message whose command was answered with `reply`, a 4xx or 5xx.

    Raises TalkBrokenError when the reply is neither: it cannot follow the command, so the two sides are out of step.
    """
    kind = reply.code // 100
    if kind not in (4, 5):
        raise SmtpConnectionLostError(Reason.GARBLED, f"{reply.code} cannot be the answer here")
    outcome, reason, strikes = _judge_temporary(reply) if kind == 4 else _judge_permanent(phase, reply)
    detail = redact(f"{reply.code} {reply.text}", to)
    at_once, later = strikes == STRIKE_AT_ONCE, strikes if strikes > STRIKE_AT_ONCE else STRIKE_NEVER
    return Receipt(delivery_id, outcome, reason.value, phase.value, detail=detail, suppress=at_once, strikes=later)


def _judge_temporary(reply: SmtpReply) -> _ReplyFinding:
    if reply.code == 421 or reply.status in _BUSY:
        return Outcome.LATER, Reason.BUSY, STRIKE_NEVER
    if reply.status == "4.2.2":
        return Outcome.LATER, Reason.MAILBOX_FULL, STRIKE_NEVER
    return Outcome.LATER, Reason.TRY_LATER, STRIKE_NEVER


def _judge_permanent(phase: SmtpPhase, reply: SmtpReply) -> _ReplyFinding:
    """What a 5xx says is wrong: our account, the message, the sender, or this address."""
    status = reply.status
    if reply.code in OUT_OF_SEQUENCE and (not status or status.startswith(_ABOUT_THE_COMMAND)):
        return _judge_out_of_sequence(reply)
    if reply.code in _WANTS_SIGN_IN:
        return Outcome.HALTED, Reason.SIGN_IN_NEEDED, STRIKE_NEVER
    if status in _TOO_LARGE or (reply.code == 552 and not status and phase is not SmtpPhase.RCPT):
        return Outcome.REFUSED, Reason.MESSAGE_TOO_LARGE, STRIKE_NEVER
    if phase is SmtpPhase.MAIL:
        return Outcome.HALTED, Reason.SENDER_REFUSED, STRIKE_NEVER
    return _judge_words(phase, reply)


def _judge_words(phase: SmtpPhase, reply: SmtpReply) -> _ReplyFinding:
    """What an answer says by its status and words, as the same answer does in a bounce."""
    said = read_answer("", f"{reply.code} {reply.text}")
    if said is None:
        # Without a status and a word that is understood it may be a policy: it is not held against the address.
        return (
            Outcome.REFUSED,
            Reason.ADDRESS_REFUSED if phase is SmtpPhase.RCPT else Reason.MESSAGE_REFUSED,
            STRIKE_NEVER,
        )
    if phase is SmtpPhase.RCPT and said.reason is Reason.RELAY_REFUSED:
        # "relay access denied" says that we are not known, not that the recipient is not
        return Outcome.HALTED, Reason.RELAY_REFUSED, STRIKE_NEVER
    return Outcome.REFUSED, said.reason, said.strikes


def _judge_out_of_sequence(reply: SmtpReply) -> _ReplyFinding:
    """The command is not understood, or not now: whom it names is not spoken of. Some ask for a sign-in in this way."""
    if _SIGN_IN_FIRST.search(reply.text):
        return Outcome.HALTED, Reason.SIGN_IN_NEEDED, STRIKE_NEVER
    return Outcome.REFUSED, Reason.MESSAGE_REFUSED, STRIKE_NEVER
