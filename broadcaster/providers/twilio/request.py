"""What is asked of Twilio for one text: the parameters of its Messages resource, and nothing that could name anybody.

Source: https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
"""

import math
from datetime import datetime

from broadcaster.domain.delivery.outgoing_messages import OutgoingSms
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.reasons import Reason
from broadcaster.providers.twilio.account import TwilioAccount
from broadcaster.providers.twilio.verdicts import TwilioPhase

LONGEST_BODY = 1600
"""Characters; Twilio turns down more (error 21617)."""

LONGEST_VALIDITY = 36_000
"""Seconds that Twilio keeps a text which it cannot pass on yet, at most and where nothing is said: ten hours."""

SHORTEST_VALIDITY = 60
"""Seconds. With less than this until quiet hours begin, a text is not handed over: Twilio would often drop what waits
in its queue that long (error 30036, it advises against a few seconds), and its person would be missed. It is tried
again when the quiet hours are over, which costs nobody anything but the night."""

RequestParameters = dict[str, str | int | bool]


def message_parameters(message: OutgoingSms, account: TwilioAccount, moment: datetime) -> RequestParameters | Receipt:
    """The arguments of the SDK's `messages.create` at this moment; or the receipt of a text that cannot be handed over.

    `smart_encoded` is off, for what was previewed and counted is what is sent; so is `shorten_urls`, for recipients are
    told which host our links lead to, and a shortener counts who follows them.
    """
    left = _seconds_left(message, moment)
    stop = _stop_receipt(message, left)
    if stop is not None:
        return stop
    wanted: RequestParameters = {
        "to": message.to,
        "body": message.body,
        "validity_period": min(left, LONGEST_VALIDITY),
        "smart_encoded": False,
    }
    if account.messaging_service_sid:
        wanted["messaging_service_sid"] = account.messaging_service_sid
        wanted["shorten_urls"] = False
    else:
        wanted["from_"] = message.sender
    callback = account.status_callback(message.attempt_id)
    if callback:
        wanted["status_callback"] = callback
    return wanted


def _seconds_left(message: OutgoingSms, moment: datetime) -> int:
    if message.valid_until is None:
        return LONGEST_VALIDITY
    return math.floor((message.valid_until - moment).total_seconds())


def _stop_receipt(message: OutgoingSms, left: int) -> Receipt | None:
    if left < SHORTEST_VALIDITY:
        return Receipt(
            message.delivery_id,
            Outcome.LATER,
            Reason.QUIET_SOON.value,
            TwilioPhase.HOURS.value,
            retry_after=float(max(left, 0) + 1),
        )
    if not message.body.strip():
        return _refused_receipt(message, Reason.MESSAGE_MALFORMED, "the text is empty")
    if len(message.body) > LONGEST_BODY:
        return _refused_receipt(message, Reason.MESSAGE_TOO_LARGE, f"{len(message.body)} characters")
    try:
        message.body.encode()
    except UnicodeEncodeError:
        return _refused_receipt(message, Reason.MESSAGE_MALFORMED, "half of a surrogate pair")
    return None


def _refused_receipt(message: OutgoingSms, reason: Reason, detail: str) -> Receipt:
    return Receipt(message.delivery_id, Outcome.REFUSED, reason.value, TwilioPhase.REQUEST.value, detail=detail)
