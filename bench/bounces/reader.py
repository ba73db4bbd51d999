"""What the product reads in a message of a corpus, or in an answer alone, as one of the words of the truth tables."""

import re
from datetime import UTC, datetime

from broadcaster.domain.delivery.reports import Report, ReportedEvent
from broadcaster.providers.answers import read_answer
from broadcaster.providers.smtp.bounces.bounce_reader import read_bounce

_ID = "relbhawnyfsyv4vqrboh3sjhm4"
_TO = f"bounces+{_ID}@letters.example"
_AT = datetime(2026, 12, 1, tzinfo=UTC)

# The corpora's messages are other people's: what they return is given the Message-ID of a delivery of ours, and what
# would name another delivery is taken out, as if we had sent it.
_MESSAGE_ID = re.compile(rb"^(message-id:)[^\r\n]*(?:\r?\n[ \t][^\r\n]*)?", re.IGNORECASE | re.MULTILINE)


def read_message(data: bytes) -> tuple[str, int]:
    """What a message says (see `truth/README.md`), and how many of it strike an address off, 0 for never."""
    return _word(read_bounce(_MESSAGE_ID.sub(rb"\1 <%b@letters.example>" % _ID.encode(), data), _AT, _TO))


def read_line(answer: str) -> tuple[str, int]:
    """The same of a server's answer alone, as RCPT or an event of a relay has it."""
    meaning = read_answer("", answer)
    if meaning is None:
        return "unstated", 3
    return _WORDS.get(meaning.reason, "ours"), meaning.strikes


def _word(report: Report | None) -> tuple[str, int]:
    if report is None:
        return "none", 0
    if report.happened is ReportedEvent.BOUNCED:
        return ("ours" if not report.strikes else _WORDS.get(report.code, "ours")), report.strikes
    return _HAPPENED[report.happened], 0


_WORDS = {
    "address-unknown": "dead",
    "address-malformed": "dead",
    "mailbox-full": "full",
    "not-reached": "unreached",
    "address-refused": "unstated",
}
_HAPPENED = {
    ReportedEvent.PUT_OFF: "delay",
    ReportedEvent.DELIVERED: "none",
    ReportedEvent.TAKEN: "none",
    ReportedEvent.COMPLAINED: "complaint",
    ReportedEvent.UNSUBSCRIBED: "complaint",
}
