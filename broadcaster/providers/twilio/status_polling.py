"""Asking Twilio what became of texts that it took, for reports get lost. The addresses hold Twilio's own ids only."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from broadcaster.domain.reports import Report, Taken
from broadcaster.providers.twilio.account import TwilioAccount
from broadcaster.providers.twilio.session import Api
from broadcaster.providers.twilio.statuses import Said, report
from broadcaster.providers.twilio.verdicts import TurnedDownError

LONGEST = 60.0
"""Seconds after which what was not answered yet is left."""

MOST_FAILURES = 3
"""Questions without an answer after which no more are asked."""

_log = logging.getLogger(__name__)


def follow(account: TwilioAccount, taken: Sequence[Taken]) -> list[Report] | None:
    """What became of them; None where nothing could be asked. Never raises."""
    told: list[Report | None] = []
    try:
        api = Api(account)
        try:
            api.loop.run_until_complete(_ask_all(api.client, account.line.connections, taken, told))
        finally:
            api.close()
    except Exception as error:  # whatever it is: asking must never stop what else is to be done
        _log.warning("twilio could not be asked what became of all texts (%s)", type(error).__name__)
        if not told:
            return None
    return [one for one in told if one is not None]


async def _ask_all(client: Any, connections: int, taken: Sequence[Taken], told: list[Report | None]) -> None:
    waiting = iter(taken)
    failures: list[Exception] = []

    async def work() -> None:
        for one in waiting:
            if len(failures) >= MOST_FAILURES:
                return
            try:
                told.append(await _ask(client, one))
            except Exception as error:  # one answer that is none must not take theirs from the others
                failures.append(error)

    async with asyncio.timeout(LONGEST):
        await asyncio.gather(*(work() for _ in range(min(connections, len(taken)))))
    if failures:
        raise failures[0]


async def _ask(client: Any, one: Taken) -> Report | None:
    try:
        found = await client.messages(one.reference).fetch_async()
    except TurnedDownError as answer:
        if answer.status == 404:
            return None  # somebody deleted it there
        raise
    said = Said(
        one.reference, str(found.status), str(found.to or ""), found.error_code, found.error_message, found.num_segments
    )
    return report(said, one.attempt_id)
