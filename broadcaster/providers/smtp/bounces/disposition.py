"""Notifications of disposition (RFC 8098) by which a mail system turns a message away: Dovecot's form. Pure.

Most of them are receipts: somebody has read a message, or deleted it. Those are no bounces.
"""

import re

from broadcaster.domain.delivery.reports import ReportedEvent
from broadcaster.providers.answers import STRIKE_NEVER, AnswerMeaning, read_answer
from broadcaster.providers.reasons import Reason
from broadcaster.providers.smtp.bounces.delivery_status import BounceFinding
from broadcaster.providers.smtp.bounces.mime_parts import MimeHeader

DISPOSITION = "message/disposition-notification"

_BY_ITSELF = re.compile(r"automatic-action\s*/", re.IGNORECASE)
_REJECTED = re.compile(r"\breject(?:ed)?\b", re.IGNORECASE)
_BY_A_RULE = AnswerMeaning(Reason.BLOCKED, STRIKE_NEVER)


def read_disposition(head: MimeHeader, report: list[MimeHeader], text: str) -> BounceFinding | None:
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
    return BounceFinding(ReportedEvent.BOUNCED, why.reason.value, strikes=why.strikes)
