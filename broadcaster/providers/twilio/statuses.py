"""Statuses of texts that Twilio took: one table for its hook requests and for polling.

Source: https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
"""

from datetime import UTC, datetime
from typing import NamedTuple

from broadcaster.domain.delivery.reports import Report, ReportedEvent
from broadcaster.providers.twilio.codes import meaning_in_report
from broadcaster.providers.twilio.verdicts import billed_segments, error_in_words, parse_error_code

STATUSES: dict[str, ReportedEvent] = {
    "accepted": ReportedEvent.TAKEN,
    "scheduled": ReportedEvent.TAKEN,
    "queued": ReportedEvent.TAKEN,
    "sending": ReportedEvent.TAKEN,
    "sent": ReportedEvent.TAKEN,
    "partially_delivered": ReportedEvent.TAKEN,
    "delivered": ReportedEvent.DELIVERED,
    "read": ReportedEvent.DELIVERED,
    "undelivered": ReportedEvent.BOUNCED,
    "failed": ReportedEvent.DROPPED,
    "canceled": ReportedEvent.DROPPED,
}
"""Twilio's word for where a text stands, and ours. Those that are not here say nothing of a text that we sent."""

_LOST = frozenset({ReportedEvent.BOUNCED, ReportedEvent.DROPPED})


class TwilioMessageStatus(NamedTuple):
    """What Twilio says of one message; `error` and `words` as it writes them, which repeat numbers at times."""

    sid: str
    status: str
    to: str
    error: object = None
    words: object = None
    segments: object = None


def report_of_status(said: TwilioMessageStatus, attempt_id: str) -> Report | None:
    """The report that this is on an attempt; None where it says nothing of a text that we sent.

    Its key is made of SID and status: Twilio tells each once, however often it does.
    """
    happened = STATUSES.get(said.status.lower())
    if happened is None:
        return None
    # RawDlrDoneDate is the network's own clock, to the minute and of no named zone: when we heard of it is surer.
    at, key = datetime.now(UTC), f"{said.sid}:{said.status.lower()}"
    if happened not in _LOST:
        return Report(key, attempt_id, happened, at, said.sid, segments=billed_segments(said.segments))
    code = parse_error_code(said.error)
    fate = meaning_in_report(code)
    words = error_in_words(code, said.words, said.to)
    # What was handed on and came back is billed; what Twilio dropped is not.
    segments = billed_segments(said.segments) if happened is ReportedEvent.BOUNCED else 0
    return Report(key, attempt_id, happened, at, said.sid, fate.reason.value, words, fate.strikes, segments)
