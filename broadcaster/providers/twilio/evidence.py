"""Asking Twilio what it has taken of texts whose answer was lost.

Its list of messages can be narrowed down by recipient, sender and day of sending, and by nothing of ours. A text that
still waits in Twilio's queue has no day of sending, so it is asked for by recipient alone, and time and words are
compared here. This is the one request of ours whose address holds a number: Twilio offers no other.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from broadcaster.domain.doubts import InDoubt
from broadcaster.domain.messages import OutgoingSms
from broadcaster.providers.twilio.account import TwilioAccount
from broadcaster.providers.twilio.session import Api

MOST_NUMBERS = 1000
"""Recipients that are asked after in one go; the rest has its turn when it is asked again."""

LONGEST = 60.0
"""Seconds after which what was not answered yet stays in doubt."""

MOST_FAILURES = 3
"""Questions without an answer after which no more are asked."""

PAGE = 50
"""Messages to one number that are looked through, the newest first."""

_BEFORE, _AFTER = timedelta(minutes=5), timedelta(hours=1)
"""How far Twilio's clock and ours may differ, and how long a batch may take from its attempts to its last request."""

_log = logging.getLogger(__name__)

Asked = tuple[InDoubt, OutgoingSms]


def ask(account: TwilioAccount, doubts: Sequence[InDoubt]) -> Mapping[str, bool]:
    """The doubts that a listed message proves taken. Never raises: who cannot ask, knows nothing."""
    proved: dict[str, bool] = {}
    try:
        by_number = _by_number(doubts)
        if by_number:
            api = Api(account)
            try:
                api.loop.run_until_complete(_ask_all(api.client, account.line.connections, by_number, proved))
            finally:
                api.close()
    except Exception as error:  # whatever it is: asking for evidence must never stop a send
        _log.warning("twilio could not be asked what it has taken (%s)", type(error).__name__)
    return proved


def _by_number(doubts: Sequence[InDoubt]) -> Mapping[str, list[Asked]]:
    numbers: defaultdict[str, list[Asked]] = defaultdict(list)
    for doubt in sorted(doubts, key=lambda doubt: doubt.began):
        if len(numbers) >= MOST_NUMBERS:
            break
        message = doubt.message()
        if isinstance(message, OutgoingSms) and message.to:
            numbers[message.to].append((doubt, message))
    return numbers


async def _ask_all(
    client: Any, connections: int, by_number: Mapping[str, list[Asked]], proved: dict[str, bool]
) -> None:
    waiting = list(by_number.items())
    failures: list[Exception] = []

    async def work() -> None:
        while waiting and len(failures) < MOST_FAILURES:
            number, asked = waiting.pop()
            try:
                listed = await client.messages.list_async(to=number, page_size=PAGE, limit=PAGE)
                proved.update(dict.fromkeys(match(asked, listed), True))
            except Exception as error:  # one answer that is none must not take their proof from the others
                failures.append(error)

    async with asyncio.timeout(LONGEST):
        await asyncio.gather(*(work() for _ in range(min(connections, len(waiting)))))
    if failures:
        raise failures[0]


def match(asked: Sequence[Asked], listed: Sequence[Any]) -> list[str]:
    """The deliveries that a listed message proves taken; each message proves one at most, the oldest first."""
    left = [one for one in listed if str(one.direction).startswith("outbound")]
    found: list[str] = []
    for doubt, message in asked:
        proof = next((one for one in left if _is_it(one, doubt.began, message)), None)
        if proof is not None:
            left.remove(proof)
            found.append(doubt.delivery_id)
    return found


def _is_it(listed: Any, began: datetime, message: OutgoingSms) -> bool:
    made = listed.date_created
    if not isinstance(made, datetime) or listed.to != message.to:
        return False
    made = made if made.tzinfo else made.replace(tzinfo=UTC)
    # Twilio trims a text's ends; its words stay as they are.
    return began - _BEFORE <= made <= began + _AFTER and str(listed.body or "").split() == message.body.split()
