"""A Twilio session: one worker's event loop, which runs the requests of a batch concurrently."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from broadcaster.domain.delivery.outgoing_messages import Outgoing, OutgoingSms
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.base import ClosingSession
from broadcaster.providers.reasons import Reason
from broadcaster.providers.twilio.account import TwilioAccount
from broadcaster.providers.twilio.batch import TwilioBatch
from broadcaster.providers.twilio.request import message_parameters
from broadcaster.providers.twilio.verdicts import (
    AnswerLostError,
    NotHandedOverError,
    TurnedDownError,
    receipt_of_lost_answer,
    receipt_of_taken,
    receipt_of_turned_down,
    receipt_without_connection,
)


def load_sdk() -> None:
    """Load what `TwilioApi` needs before anybody needs it. Raises ImportError."""
    import_module("twilio.rest")
    import_module("broadcaster.providers.twilio.transport")


class TwilioApi:
    """The SDK's client over kept connections, and the loop it lives in. Opened by who first needs it, for the SDK is
    large: nobody waits for it who sends no texts. Raises NotHandedOverError when it cannot be opened."""

    def __init__(self, account: TwilioAccount) -> None:
        from twilio.rest import Client  # type: ignore[import-untyped]  # noqa: PLC0415  large, see above

        from broadcaster.providers.twilio.transport import PooledHttpClient  # noqa: PLC0415  it imports the SDK

        self._http: PooledHttpClient = PooledHttpClient(account.line)
        # An environment of one empty name: none at all would mean the process's own, and its TWILIO_EDGE.
        self.client: Any = Client(account.sid, account.token, http_client=self._http, environment={"": ""})
        self.client.api.base_url = account.line.url
        self.loop = asyncio.new_event_loop()

    def close(self) -> None:
        """Let connections and loop go."""
        self.loop.run_until_complete(self._http.close())
        self.loop.close()


class TwilioSession(ClosingSession):
    """One worker's connections to Twilio: opened when needed, kept between batches."""

    def __init__(self, account: TwilioAccount) -> None:
        self._account = account
        self._api: TwilioApi | None = None
        self._closed = False
        self._known_good = False

    def send(self, batch: Sequence[Outgoing]) -> list[Receipt]:
        """Hand `batch` over, at most `connections` texts at once. Returns when each has its receipt."""
        errand = TwilioBatch(batch)
        if errand.waiting and not self._closed:
            try:
                self._api = self._api or TwilioApi(self._account)
            except NotHandedOverError as fault:
                first = errand.take()
                assert first is not None  # noqa: S101  something is waiting
                errand.settle(first, receipt_without_connection(first[1].delivery_id, fault))
            else:
                self._api.loop.run_until_complete(self._carry(self._api.client, errand))
        return errand.receipts

    def close(self) -> None:
        """Let the connections go."""
        self._closed = True
        api, self._api = self._api, None
        if api is not None:
            api.close()

    async def _carry(self, client: Any, errand: TwilioBatch) -> None:
        # One goes ahead: a wrong password is not tried on many connections, nor a whole batch lost in a dead line.
        while not self._known_good and errand.waiting:
            await self._next(client, errand)
        errand.patience = self._account.line.connections
        workers = min(self._account.line.connections, errand.waiting)
        await asyncio.gather(*(self._work(client, errand) for _ in range(workers)))

    async def _work(self, client: Any, errand: TwilioBatch) -> None:
        while errand.waiting:
            await self._next(client, errand)

    async def _next(self, client: Any, errand: TwilioBatch) -> None:
        turn = errand.take()
        if turn is not None:
            receipt = await _hand_over(client, turn[1], self._account)
            errand.settle(turn, receipt)
            self._known_good = receipt.outcome in {Outcome.ACCEPTED, Outcome.REFUSED}


async def _hand_over(client: Any, message: OutgoingSms, account: TwilioAccount) -> Receipt:
    asked = message_parameters(message, account, datetime.now(UTC))
    if isinstance(asked, Receipt):
        return asked
    try:
        try:
            made = await client.messages.create_async(**asked)
        except NotHandedOverError as fault:
            if fault.slow or fault.reason is Reason.TLS_UNTRUSTED:
                raise
            made = await client.messages.create_async(**asked)  # nothing had left: one more try to connect
    except NotHandedOverError as fault:
        return receipt_without_connection(message.delivery_id, fault)
    except TurnedDownError as answer:
        return receipt_of_turned_down(message.delivery_id, message.to, answer)
    except AnswerLostError as fault:
        return receipt_of_lost_answer(message.delivery_id, fault.reason)
    except Exception:  # whatever the SDK chokes on in an answer: it was handed over, and must not harm the others
        return receipt_of_lost_answer(message.delivery_id, Reason.GARBLED)
    return receipt_of_taken(message.delivery_id, message.to, vars(made))
