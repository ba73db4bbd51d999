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

from broadcaster.domain.messages import OutgoingSms
from broadcaster.domain.unsure import InDoubt
from broadcaster.providers.base import Proof
from broadcaster.providers.twilio.account import TwilioAccount
from broadcaster.providers.twilio.recent import Memory
from broadcaster.providers.twilio.session import Api
from broadcaster.providers.twilio.statuses import Said, report

MOST_NUMBERS = 1000
"""Recipients that are asked after in one go; the rest has its turn when it is asked again."""

LONGEST = 60.0
"""Seconds after which what was not answered yet stays in doubt."""

MOST_FAILURES = 3
"""Questions without an answer after which no more are asked."""

PAGE = 50
"""Messages to one number that are looked through, the newest first."""

GIVEN_UP = timedelta(hours=6)
"""How long after it began a doubt is asked after again. Twilio lists what it took within seconds; what it does not list
by then it does not have, or calls otherwise. Each process asks once all the same, however late it comes."""

OFTEN = 1 / 8
"""Which share of its age a doubt waits between two questions: a minute after eight minutes, an hour after eight."""

_NEVER = datetime.min.replace(tzinfo=UTC)

_BEFORE, _AFTER = timedelta(minutes=5), timedelta(hours=1)
"""How far Twilio's clock and ours may differ, and how long a batch may take from its attempts to its last request."""

_log = logging.getLogger(__name__)

Asked = tuple[InDoubt, OutgoingSms]


def ask(account: TwilioAccount, memory: Memory, doubts: Sequence[InDoubt]) -> Mapping[str, Proof]:
    """What listed messages say of the doubts. Never raises: who cannot ask, knows nothing."""
    proved: dict[str, Proof] = {}
    try:
        by_number = _by_number(_due(doubts, memory))
        if by_number:
            api = Api(account)
            try:
                asking = _ask_all(api.client, account.line.connections, by_number, memory, proved)
                api.loop.run_until_complete(asking)
            finally:
                api.close()
    except Exception as error:  # whatever it is: asking for evidence must never stop a send
        _log.warning("twilio could not be asked what it has taken (%s)", type(error).__name__)
    return proved


def _due(doubts: Sequence[InDoubt], memory: Memory) -> list[InDoubt]:
    """Those whose turn it is: who was asked after least lately comes first, so that everybody has a turn."""
    moment = datetime.now(UTC)
    due = [doubt for doubt in doubts if _has_turn(doubt, memory.asked.get(doubt.attempt_id), moment)]
    return sorted(due, key=lambda doubt: (memory.asked.get(doubt.attempt_id, _NEVER), doubt.began))


def _has_turn(doubt: InDoubt, last: datetime | None, moment: datetime) -> bool:
    if last is None:
        return True
    age = moment - doubt.began
    return age < GIVEN_UP and moment - last >= age * OFTEN


def _by_number(doubts: Sequence[InDoubt]) -> Mapping[str, list[Asked]]:
    numbers: defaultdict[str, list[Asked]] = defaultdict(list)
    for doubt in doubts:
        if len(numbers) >= MOST_NUMBERS:
            break
        message = doubt.message()
        if isinstance(message, OutgoingSms) and message.to:
            numbers[message.to].append((doubt, message))
    return numbers


async def _ask_all(
    client: Any, connections: int, by_number: Mapping[str, list[Asked]], memory: Memory, proved: dict[str, Proof]
) -> None:
    waiting = iter(by_number.items())
    failures: list[Exception] = []

    async def work() -> None:
        for number, asked in waiting:
            memory.asked |= {doubt.attempt_id: datetime.now(UTC) for doubt, _ in asked}
            try:
                listed = await client.messages.list_async(to=number, page_size=PAGE, limit=PAGE)
                proved.update(match(asked, listed))
            except Exception as error:  # one answer that is none must not take their proof from the others
                failures.append(error)
            if len(failures) >= MOST_FAILURES:
                return

    async with asyncio.timeout(LONGEST):
        await asyncio.gather(*(work() for _ in range(min(connections, len(by_number)))))
    if failures:
        raise failures[0]


def match(asked: Sequence[Asked], listed: Sequence[Any]) -> dict[str, Proof]:
    """What listed messages prove of deliveries; each message proves one at most, the oldest first."""
    left = [one for one in listed if str(one.direction).startswith("outbound")]
    found: dict[str, Proof] = {}
    for doubt, message in sorted(asked, key=lambda one: one[0].began):
        proof = next((one for one in left if _is_it(one, doubt.began, message)), None)
        if proof is not None:
            left.remove(proof)
            said = Said(
                str(proof.sid), str(proof.status), message.to, proof.error_code, proof.error_message, proof.num_segments
            )
            found[doubt.delivery_id] = report(said, doubt.attempt_id) or True
    return found


def _is_it(listed: Any, began: datetime, message: OutgoingSms) -> bool:
    made = listed.date_created
    if not isinstance(made, datetime) or listed.to != message.to:
        return False
    made = made if made.tzinfo else made.replace(tzinfo=UTC)
    # Twilio trims a text's ends; its words stay as they are.
    return began - _BEFORE <= made <= began + _AFTER and str(listed.body or "").split() == message.body.split()
