"""Lookup of unsure texts at Twilio: which of those whose answer was lost did it take?

Twilio's list of messages can be filtered by recipient, sender and day of sending, not by an id of ours. A queued text
has no day of sending, so texts are listed by recipient, and time and words are compared here. This is our only request
with a telephone number in its URL: Twilio offers no other.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from broadcaster.domain.delivery.outgoing_messages import OutgoingSms
from broadcaster.domain.delivery.unsure_attempts import UnsureAttempt
from broadcaster.providers.base import DeliveryProof
from broadcaster.providers.twilio.account import TwilioAccount
from broadcaster.providers.twilio.recent_queries import RecentQueries
from broadcaster.providers.twilio.session import TwilioApi
from broadcaster.providers.twilio.statuses import TwilioMessageStatus, report_of_status

MAX_NUMBERS = 1000
"""Recipients looked up in one call; the others follow in the next one."""

MAX_SECONDS = 60.0
"""Seconds for one call; what is not answered by then stays unsure."""

MAX_FAILURES = 3
"""Failed requests after which a call ends."""

PAGE_SIZE = 50
"""Messages to one number that are compared, the newest first."""

GIVE_UP_AFTER = timedelta(hours=6)
"""How long after it began a doubt is asked after again. Twilio lists what it took within seconds; what it does not list
by then it does not have, or calls otherwise. Each process asks once all the same, however late it comes."""

ASK_AGAIN_FRACTION = 1 / 8
"""The wait between two lookups of an attempt, as a share of its age: one minute after eight, one hour after eight."""

_NEVER = datetime.min.replace(tzinfo=UTC)

_BEFORE, _AFTER = timedelta(minutes=5), timedelta(hours=1)
"""How far Twilio's clock and ours may differ, and how long a batch may take from its attempts to its last request."""

_log = logging.getLogger(__name__)

UnsureText = tuple[UnsureAttempt, OutgoingSms]


def collect_evidence(
    account: TwilioAccount, memory: RecentQueries, doubts: Sequence[UnsureAttempt]
) -> Mapping[str, DeliveryProof]:
    """What Twilio's list proves of these attempts. Never raises: an error proves nothing."""
    proved: dict[str, DeliveryProof] = {}
    try:
        by_number = _unsure_by_number(_unsure_due(doubts, memory))
        if by_number:
            api = TwilioApi(account)
            try:
                asking = _ask_all(api.client, account.line.connections, by_number, memory, proved)
                api.loop.run_until_complete(asking)
            finally:
                api.close()
    except Exception as error:  # whatever it is: asking for evidence must never stop a send
        _log.warning("twilio could not be asked what it has taken (%s)", type(error).__name__)
    return proved


def _unsure_due(doubts: Sequence[UnsureAttempt], memory: RecentQueries) -> list[UnsureAttempt]:
    """The attempts to look up now, those looked up longest ago first."""
    moment = datetime.now(UTC)
    due = [doubt for doubt in doubts if _has_turn(doubt, memory.asked.get(doubt.attempt_id), moment)]
    return sorted(due, key=lambda doubt: (memory.asked.get(doubt.attempt_id, _NEVER), doubt.began))


def _has_turn(doubt: UnsureAttempt, last: datetime | None, moment: datetime) -> bool:
    if last is None:
        return True
    age = moment - doubt.began
    return age < GIVE_UP_AFTER and moment - last >= age * ASK_AGAIN_FRACTION


def _unsure_by_number(doubts: Sequence[UnsureAttempt]) -> Mapping[str, list[UnsureText]]:
    numbers: defaultdict[str, list[UnsureText]] = defaultdict(list)
    for doubt in doubts:
        if len(numbers) >= MAX_NUMBERS:
            break
        message = doubt.message()
        if isinstance(message, OutgoingSms) and message.to:
            numbers[message.to].append((doubt, message))
    return numbers


async def _ask_all(
    client: Any,
    connections: int,
    by_number: Mapping[str, list[UnsureText]],
    memory: RecentQueries,
    proved: dict[str, DeliveryProof],
) -> None:
    waiting = iter(by_number.items())
    failures: list[Exception] = []

    async def work() -> None:
        for number, asked in waiting:
            memory.asked |= {doubt.attempt_id: datetime.now(UTC) for doubt, _ in asked}
            try:
                listed = await client.messages.list_async(to=number, page_size=PAGE_SIZE, limit=PAGE_SIZE)
                proved.update(match_listed_messages(asked, listed))
            except Exception as error:  # one answer that is none must not take their proof from the others
                failures.append(error)
            if len(failures) >= MAX_FAILURES:
                return

    async with asyncio.timeout(MAX_SECONDS):
        await asyncio.gather(*(work() for _ in range(min(connections, len(by_number)))))
    if failures:
        raise failures[0]


def match_listed_messages(asked: Sequence[UnsureText], listed: Sequence[Any]) -> dict[str, DeliveryProof]:
    """What listed messages prove of deliveries; each message proves one at most, the oldest first."""
    left = [one for one in listed if str(one.direction).startswith("outbound")]
    found: dict[str, DeliveryProof] = {}
    for doubt, message in sorted(asked, key=lambda one: one[0].began):
        proof = next((one for one in left if _is_same_message(one, doubt.began, message)), None)
        if proof is not None:
            left.remove(proof)
            said = TwilioMessageStatus(
                str(proof.sid), str(proof.status), message.to, proof.error_code, proof.error_message, proof.num_segments
            )
            found[doubt.delivery_id] = report_of_status(said, doubt.attempt_id) or True
    return found


def _is_same_message(listed: Any, began: datetime, message: OutgoingSms) -> bool:
    made = listed.date_created
    if not isinstance(made, datetime) or listed.to != message.to:
        return False
    made = made if made.tzinfo else made.replace(tzinfo=UTC)
    # Twilio trims a text's ends; its words stay as they are.
    return began - _BEFORE <= made <= began + _AFTER and str(listed.body or "").split() == message.body.split()
