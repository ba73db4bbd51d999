"""Fetching the texts that people sent to our numbers: Twilio brings each to the hook for some seconds, then no more.

Twilio cannot be asked for inbound messages as such, only for those to a number, the newest first
(https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources). Of a messaging service the
numbers are asked for first (https://www.twilio.com/docs/messaging/api/phonenumber-resource). The numbers in these
addresses are our own.
"""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from broadcaster.domain.contact.addresses import is_e164
from broadcaster.domain.delivery.reports import InboundText
from broadcaster.providers.base import InboundTexts
from broadcaster.providers.twilio.account import TwilioAccount, TwilioEndpoint
from broadcaster.providers.twilio.hooks import LONGEST_TEXT
from broadcaster.providers.twilio.recent_queries import RecentQueries
from broadcaster.providers.twilio.session import TwilioApi

MAX_SECONDS = 60.0
"""Seconds after which what has not come yet is left to the next time."""

MAX_TEXTS = 2_000
"""Texts to one number that are read in one go. Twilio gives the newest first, so what is beyond stays unread."""

MAX_NUMBERS = 100
"""Numbers of a messaging service that are listened to."""

PAGE_SIZE = 50

NUMBERS_KEPT = timedelta(hours=1)
"""How long the numbers of a messaging service are taken to be the same."""

_log = logging.getLogger(__name__)


def fetch_inbound_texts(account: TwilioAccount, memory: RecentQueries, since: datetime) -> InboundTexts:
    """The texts that came since then, the oldest first. Never raises: who cannot ask has not heard the whole."""
    found: list[InboundText] = []
    whole = False
    try:
        api = TwilioApi(account)
        try:
            whole = api.loop.run_until_complete(_fetch_all(api.client, account, memory, since, found))
        finally:
            api.close()
    except (
        Exception
    ) as error:  # whatever it is: the texts that came, and everything else that is to be done, must go on
        _log.warning("twilio could not be asked for the texts that people sent (%s)", type(error).__name__)
    return InboundTexts(tuple(sorted(found, key=lambda text: text.at)), whole)


def send_answer(account: TwilioAccount, text: InboundText, words: str) -> None:
    """Send an answer, once, from the number that was written to. Never raises; a lost one is not sent again."""
    try:
        api = TwilioApi(account)
        try:
            made = api.client.messages.create_async(
                to=text.sender, from_=text.recipient, body=words, smart_encoded=False
            )
            api.loop.run_until_complete(made)
        finally:
            api.close()
    except Exception as error:  # Twilio turns down who has opted out with it: then it has answered by itself
        _log.warning("a text that was fetched from twilio could not be answered (%s)", type(error).__name__)


async def _fetch_all(
    client: Any, account: TwilioAccount, memory: RecentQueries, since: datetime, found: list[InboundText]
) -> bool:
    whole = True
    async with asyncio.timeout(MAX_SECONDS):
        for number in await _numbers_to_ask(client, account, memory):
            whole &= await _fetch_for_number(client, number, since, found)
    return whole


async def _numbers_to_ask(client: Any, account: TwilioAccount, memory: RecentQueries) -> tuple[str, ...]:
    service, moment = account.messaging_service_sid, datetime.now(UTC)
    if service and (memory.numbers_at is None or moment - memory.numbers_at > NUMBERS_KEPT):
        if account.line.url != TwilioEndpoint().url:
            client.messaging.base_url = account.line.url  # one that stands in for Twilio does so for all of it
        pool = client.messaging.v1.services(service).phone_numbers
        listed = await pool.list_async(limit=MAX_NUMBERS, page_size=PAGE_SIZE)
        memory.numbers = tuple(one.phone_number for one in listed if is_e164(one.phone_number))
        memory.numbers_at = moment
    return tuple(dict.fromkeys((*account.numbers, *memory.numbers)))


async def _fetch_for_number(client: Any, number: str, since: datetime, found: list[InboundText]) -> bool:
    # What the SDK sends is a moment; where Twilio looks at its day only, it gives more, and the end is found below.
    listed = await client.messages.stream_async(to=number, date_sent_after=since, page_size=PAGE_SIZE, limit=MAX_TEXTS)
    read = 0
    async for one in listed:
        read += 1
        at = _moment_received(one)
        if at is None or one.direction != "inbound" or one.to != number:
            continue
        if at < since:
            return True
        if is_e164(one.from_):
            found.append(InboundText(one.sid, one.from_, one.to, str(one.body or "")[:LONGEST_TEXT], at))
    if read >= MAX_TEXTS:
        _log.warning("more than %d texts came to one number; the older ones stay at twilio, unread", MAX_TEXTS)
    return True


def _moment_received(one: Any) -> datetime | None:
    at = one.date_sent or one.date_created
    if not isinstance(at, datetime):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
