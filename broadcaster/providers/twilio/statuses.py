"""What Twilio says of a text that it took, in a request of its own to the hook or when it is asked: one table for both.

Source: https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
"""

from datetime import UTC, datetime
from typing import NamedTuple

from broadcaster.domain.reports import Happened, Report
from broadcaster.providers.twilio.codes import reported
from broadcaster.providers.twilio.verdicts import billed, in_words, number

STATUSES: dict[str, Happened] = {
    "accepted": Happened.TAKEN,
    "scheduled": Happened.TAKEN,
    "queued": Happened.TAKEN,
    "sending": Happened.TAKEN,
    "sent": Happened.TAKEN,
    "partially_delivered": Happened.TAKEN,
    "delivered": Happened.DELIVERED,
    "read": Happened.DELIVERED,
    "undelivered": Happened.BOUNCED,
    "failed": Happened.DROPPED,
    "canceled": Happened.DROPPED,
}
"""Twilio's word for where a text stands, and ours. Those that are not here say nothing of a text that we sent."""

_LOST = frozenset({Happened.BOUNCED, Happened.DROPPED})


class Said(NamedTuple):
    """What Twilio says of one message; `error` and `words` as it writes them, which repeat numbers at times."""

    sid: str
    status: str
    to: str
    error: object = None
    words: object = None
    segments: object = None


def report(said: Said, attempt_id: str) -> Report | None:
    """The report that this is on an attempt; None where it says nothing of a text that we sent.

    Its key is made of SID and status: Twilio tells each once, however often it does.
    """
    happened = STATUSES.get(said.status.lower())
    if happened is None:
        return None
    # RawDlrDoneDate is the network's own clock, to the minute and of no named zone: when we heard of it is surer.
    at, key = datetime.now(UTC), f"{said.sid}:{said.status.lower()}"
    if happened not in _LOST:
        return Report(key, attempt_id, happened, at, said.sid, segments=billed(said.segments))
    code = number(said.error)
    fate = reported(code)
    words = in_words(code, said.words, said.to)
    # What was handed on and came back is billed; what Twilio dropped is not.
    segments = billed(said.segments) if happened is Happened.BOUNCED else 0
    return Report(key, attempt_id, happened, at, said.sid, fate.reason.value, words, fate.strikes, segments)
