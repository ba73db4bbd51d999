"""Notifications of disposition (RFC 8098) by which a mail system turns a message away: Dovecot's form. Pure.

Most of them are receipts: somebody has read a message, or deleted it. Those are no bounces.
"""

import re

from broadcaster.domain.reports import Happened
from broadcaster.providers.answers import NEVER, Meaning, read_answer
from broadcaster.providers.reasons import Reason
from broadcaster.providers.smtp.bounce_dsn import Finding
from broadcaster.providers.smtp.mailparts import Head

DISPOSITION = "message/disposition-notification"

_BY_ITSELF = re.compile(r"automatic-action\s*/", re.IGNORECASE)
_REJECTED = re.compile(r"\breject(?:ed)?\b", re.IGNORECASE)
_BY_A_RULE = Meaning(Reason.BLOCKED, NEVER)


def read_disposition(head: Head, report: list[Head], text: str) -> Finding | None:
    """What it says of a delivery; None for a receipt.

    Nothing strikes an address off but a full mailbox: the other words may be those of its owner's own rule (Sieve's
    `reject`, RFC 5429), and they can say anything.
    """
    disposition = next((value for group in report if (value := group.get("disposition"))), "")
    by_itself = _BY_ITSELF.search(disposition) and disposition.rpartition(";")[2].strip().lower() in (
        "deleted",
        "denied",
    )
    if not by_itself or not _REJECTED.search(f"{head.get('auto-submitted')} {text}"):
        return None
    said = read_answer("", text.rpartition("reject")[2])
    why = said if said is not None and said.reason is Reason.MAILBOX_FULL else _BY_A_RULE
    return Finding(Happened.BOUNCED, why.reason.value, strikes=why.strikes)
