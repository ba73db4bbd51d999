"""Status polling: Twilio is asked about texts that it took, for reports get lost. URLs hold Twilio's ids only."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from broadcaster.domain.delivery.reports import AcceptedAttempt, Report
from broadcaster.providers.twilio.account import TwilioAccount
from broadcaster.providers.twilio.session import TwilioApi
from broadcaster.providers.twilio.statuses import TwilioMessageStatus, report_of_status
from broadcaster.providers.twilio.verdicts import TurnedDownError

MAX_SECONDS = 60.0
"""Seconds after which what was not answered yet is left."""

MAX_FAILURES = 3
"""Questions without an answer after which no more are asked."""

_log = logging.getLogger(__name__)


def fetch_statuses(account: TwilioAccount, taken: Sequence[AcceptedAttempt]) -> list[Report] | None:
    """What became of them; None where nothing could be asked. Never raises."""
    told: list[Report | None] = []
    try:
        api = TwilioApi(account)
        try:
            api.loop.run_until_complete(_ask_all(api.client, account.line.connections, taken, told))
        finally:
            api.close()
    except Exception as error:  # whatever it is: asking must never stop what else is to be done
        _log.warning("twilio could not be asked what became of all texts (%s)", type(error).__name__)
        if not told:
            return None
    return [one for one in told if one is not None]


async def _ask_all(client: Any, connections: int, taken: Sequence[AcceptedAttempt], told: list[Report | None]) -> None:
    waiting = iter(taken)
    failures: list[Exception] = []

    async def work() -> None:
        for one in waiting:
            if len(failures) >= MAX_FAILURES:
                return
            try:
                told.append(await _ask(client, one))
            except Exception as error:  # one answer that is none must not take theirs from the others
                failures.append(error)

    async with asyncio.timeout(MAX_SECONDS):
        await asyncio.gather(*(work() for _ in range(min(connections, len(taken)))))
    if failures:
        raise failures[0]


async def _ask(client: Any, one: AcceptedAttempt) -> Report | None:
    try:
        found = await client.messages(one.reference).fetch_async()
    except TurnedDownError as answer:
        if answer.status == 404:
            return None  # somebody deleted it there
        raise
    said = TwilioMessageStatus(
        one.reference, str(found.status), str(found.to or ""), found.error_code, found.error_message, found.num_segments
    )
    return report_of_status(said, one.attempt_id)
