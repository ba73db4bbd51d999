"""An SMTP session: one loop over its open connections. `protocol` and `verdicts` decide on messages."""

import selectors
import time
from collections.abc import Sequence

from broadcaster.domain.delivery.outgoing_messages import Outgoing
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.base import ClosingSession
from broadcaster.providers.reasons import Reason
from broadcaster.providers.smtp.connection.connect import FailedConnection, OpenConnection
from broadcaster.providers.smtp.connection.connect_threads import ConnectionThreads
from broadcaster.providers.smtp.connection.route import SmtpRoute
from broadcaster.providers.smtp.connection.transport import SmtpTransport
from broadcaster.providers.smtp.transactions.batch import SmtpBatch
from broadcaster.providers.smtp.transactions.pipelining import Pipelining
from broadcaster.providers.smtp.transactions.protocol import SmtpProtocol
from broadcaster.providers.smtp.transactions.replies import SmtpConnectionLostError
from broadcaster.providers.smtp.transactions.verdicts import SmtpPhase

_WORTH_A_CONNECTION = 4
"""Messages for which one more connection is quicker than queueing on those that are there."""

_TICK = 0.1
"""Seconds between two looks at the deadlines."""

_CROWDED = 60.0
"""Seconds during which no more connections are tried than the server lets us have."""

_FALLS_EACH = 2
"""How often each connection may be lost in a row, with no answer about any message, before a batch is given up."""


class SmtpSession(ClosingSession):
    """One worker's connections to the mail server: opened when needed, kept between batches."""

    def __init__(self, route: SmtpRoute, pipelining: Pipelining | None = None) -> None:
        self._route = route
        self._pipelining = pipelining or Pipelining()
        self._wires: list[SmtpTransport] = []
        self._openings = ConnectionThreads(route)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._openings.bell, selectors.EVENT_READ)
        self._ceiling = ConnectionLimit(route.connections)
        self._look_at = 0.0
        self._closed = False

    def send(self, batch: Sequence[Outgoing]) -> list[Receipt]:
        """Hand `batch` over, on as many connections as it is worth. Returns when each message has its receipt."""
        # Every kept connection may turn out to be old; then a message must still come to a new one.
        errand = SmtpBatch(batch, moves=self._route.connections + 1)
        if errand.unsettled and not self._closed:
            try:
                self._carry(errand, _ConnectionOutcomes(self._route.connections))
            finally:
                for wire in [wire for wire in self._wires if wire.talk.busy]:
                    self._drop(wire)  # only after an interrupt: nobody waits for its answer any more
        return errand.receipts

    def close(self) -> None:
        """Say QUIT and let go."""
        if self._closed:
            return
        self._closed = True
        for wire in list(self._wires):
            wire.say_goodbye()
            self._drop(wire)
        self._openings.close()
        self._selector.close()

    def _carry(self, errand: SmtpBatch, luck: "_ConnectionOutcomes") -> None:
        for wire in self._wires:
            wire.talk.errand = errand
        self._wait_for_events(errand, luck, 0.0)  # first let go of what died while it was idle
        for wire in self._wires:
            wire.talk.kept = True
        while errand.unsettled:
            self._hand_out(errand, luck)
            if errand.waiting and not self._wires and not self._openings.pending:
                luck.give_up(errand)
            elif errand.unsettled:
                self._wait_for_events(errand, luck, _TICK)
        self._retire()

    def _retire(self) -> None:
        """Let go of the connections that have carried enough."""
        for wire in [wire for wire in self._wires if wire.talk.spent and not wire.talk.busy]:
            wire.say_goodbye()
            self._drop(wire)

    def _hand_out(self, errand: SmtpBatch, luck: "_ConnectionOutcomes") -> None:
        """Give idle connections something to do, and open more when it is worth it."""
        self._retire()
        if not errand.waiting:
            return
        now = time.monotonic()
        for wire in [wire for wire in self._wires if not wire.talk.busy]:
            try:
                wire.begin(now)
            except SmtpConnectionLostError as fault:
                self._fall(wire, fault, errand, luck)
            else:
                self._selector.modify(wire.sock, wire.interest, wire)
        worth = -(-errand.unsettled // _WORTH_A_CONNECTION)
        more = min(self._ceiling.at(now), luck.capacity(errand), worth) - len(self._wires) - self._openings.pending
        if self._wires:
            for _ in range(more):
                self._openings.start()
        elif more > 0 and not self._openings.pending and luck.try_again():
            self._openings.start()  # one goes ahead: a wrong password is not tried on many connections at once

    def _wait_for_events(self, errand: SmtpBatch, luck: "_ConnectionOutcomes", timeout: float) -> None:
        """Wait for something to happen, and let it happen."""
        ready = self._selector.select(timeout)
        now = time.monotonic()
        for key, events in ready:
            wire = key.data
            if wire is None:
                self._adopt(errand, luck, now)
                continue
            try:
                if events & selectors.EVENT_READ:
                    wire.read(now)
                else:
                    wire.flush(now)
            except SmtpConnectionLostError as fault:
                self._fall(wire, fault, errand, luck)
            else:
                if wire.interest != key.events:
                    self._selector.modify(wire.sock, wire.interest, wire)
        if now >= self._look_at:
            self._look_at = now + _TICK
            for wire in [wire for wire in self._wires if wire.talk.busy and wire.deadline < now]:
                self._fall(
                    wire, SmtpConnectionLostError(Reason.TIMED_OUT, "no answer in time", slow=True), errand, luck
                )

    def _adopt(self, errand: SmtpBatch, luck: "_ConnectionOutcomes", now: float) -> None:
        """Take over the connections that were opened; they get their first message from `_hand_out`."""
        for result in self._openings.collect():
            if isinstance(result, OpenConnection):
                luck.opened()
                talk = SmtpProtocol(result.offer, errand, self._pipelining, self._route.messages_per_connection)
                wire = SmtpTransport(result.sock, talk, self._route.patience)
                self._wires.append(wire)
                self._selector.register(wire.sock, wire.interest, wire)
            else:
                luck.not_opened(result)
                if self._wires:
                    self._ceiling.lower(len(self._wires), now)

    def _fall(
        self, wire: SmtpTransport, fault: SmtpConnectionLostError, errand: SmtpBatch, luck: "_ConnectionOutcomes"
    ) -> None:
        if wire.talk.busy:
            luck.connection_lost(fault, wire.talk.phase or SmtpPhase.CONNECT)
            errand.falls += 1
        self._drop(wire)
        wire.talk.fall(fault)

    def _drop(self, wire: SmtpTransport) -> None:
        self._wires.remove(wire)
        self._selector.unregister(wire.sock)
        wire.close()


class ConnectionLimit:
    """How many connections the server lets us have: learnt when it turns one away, tried anew after a while."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known = most
        self._until = 0.0

    def at(self, now: float) -> int:
        return self._known if now < self._until else self._most

    def lower(self, known: int, now: float) -> None:
        self._known, self._until = known, now + _CROWDED


_UNKNOWN = FailedConnection(Outcome.LATER, Reason.CANNOT_CONNECT, SmtpPhase.CONNECT, "")


class _ConnectionOutcomes:
    """How connections fare during one batch: when to try again, and what to say when it is given up."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._silent = 0
        self._tries = 2
        self._last = _UNKNOWN

    def try_again(self) -> bool:
        """With no connection at all: a first try and one more, unless another is known to be useless or slow."""
        self._tries -= 1
        return self._tries >= 0 and not self._last.slow and self._last.outcome is not Outcome.HALTED

    def capacity(self, errand: SmtpBatch) -> int:
        """How many connections this batch may have: each that went silent takes its place with it."""
        if errand.falls >= _FALLS_EACH * self._connections:
            return 0
        return self._connections - self._silent

    def opened(self) -> None:
        self._tries = 2
        self._last = _UNKNOWN

    def not_opened(self, failure: FailedConnection) -> None:
        self._last = failure

    def connection_lost(self, fault: SmtpConnectionLostError, phase: SmtpPhase) -> None:
        self._silent += fault.slow
        self._last = FailedConnection(Outcome.LATER, fault.reason, phase, fault.detail)

    def give_up(self, errand: SmtpBatch) -> None:
        last = self._last
        errand.give_up(last.outcome, last.reason.value, last.phase.value, last.detail)
