"""Handover of one notification to a provider, with a time limit."""

import logging
from queue import Empty, SimpleQueue
from threading import Thread

from broadcaster.domain.delivery.outgoing_messages import Outgoing
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.providers.base import Provider
from broadcaster.providers.reasons import Reason

ANSWER_TIMEOUT = 15.0
"""Seconds for an answer. A healthy provider needs one or two; whoever stops `serve` waits no longer than this."""

_log = logging.getLogger(__name__)


def hand_over(provider: Provider, message: Outgoing, patience: float = ANSWER_TIMEOUT) -> Receipt | None:
    """The provider's receipt; None without an answer within `patience` seconds. It may have taken the message even so.

    A daemon thread talks to the provider, so that a provider that hangs does not block the process.
    """
    answers: SimpleQueue[Receipt] = SimpleQueue()
    Thread(target=lambda: answers.put(_send_message(provider, message)), name="notification", daemon=True).start()
    try:
        return answers.get(timeout=patience)
    except Empty:
        return None


def _send_message(provider: Provider, message: Outgoing) -> Receipt:
    try:
        with provider.open() as session:
            return session.send([message])[0]
    except BroadcasterError as error:
        _log.error("%s [%s] %s", error.message, error.code, error.remedy)
        return Receipt(message.delivery_id, Outcome.HALTED, error.code)
    except Exception as error:
        _log.error("%s", unforeseen_error(error).message)
        return Receipt(message.delivery_id, Outcome.UNSURE, Reason.NO_ANSWER.value)
