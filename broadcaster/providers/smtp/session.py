"""The shell: one loop over the kept connections. What becomes of a message is decided in `protocol` and `verdicts`."""

import selectors
import time
from collections.abc import Sequence

from broadcaster.domain.messages import Outgoing
from broadcaster.domain.receipts import Outcome, Receipt
from broadcaster.providers.base import ClosingSession
from broadcaster.providers.reasons import Reason
from broadcaster.providers.smtp.batch import Errand
from broadcaster.providers.smtp.connect import NotOpened, Opened
from broadcaster.providers.smtp.connect_pool import Openings
from broadcaster.providers.smtp.pipelining import Pipelining
from broadcaster.providers.smtp.protocol import Talk
from broadcaster.providers.smtp.replies import TalkBrokenError
from broadcaster.providers.smtp.route import SmtpRoute
from broadcaster.providers.smtp.transport import Wire
from broadcaster.providers.smtp.verdicts import Phase

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
        self._wires: list[Wire] = []
        self._openings = Openings(route)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._openings.bell, selectors.EVENT_READ)
        self._ceiling = Ceiling(route.connections)
        self._look_at = 0.0
        self._closed = False

    def send(self, batch: Sequence[Outgoing]) -> list[Receipt]:
        """Hand `batch` over, on as many connections as it is worth. Returns when each message has its receipt."""
        # Every kept connection may turn out to be old; then a message must still come to a new one.
        errand = Errand(batch, moves=self._route.connections + 1)
        if errand.unsettled and not self._closed:
            try:
                self._carry(errand, _Luck(self._route.connections))
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

    def _carry(self, errand: Errand, luck: "_Luck") -> None:
        for wire in self._wires:
            wire.talk.errand = errand
        self._pass(errand, luck, 0.0)  # first let go of what died while it was idle
        for wire in self._wires:
            wire.talk.kept = True
        while errand.unsettled:
            self._hand_out(errand, luck)
            if errand.waiting and not self._wires and not self._openings.pending:
                luck.give_up(errand)
            elif errand.unsettled:
                self._pass(errand, luck, _TICK)
        self._retire()

    def _retire(self) -> None:
        """Let go of the connections that have carried enough."""
        for wire in [wire for wire in self._wires if wire.talk.spent and not wire.talk.busy]:
            wire.say_goodbye()
            self._drop(wire)

    def _hand_out(self, errand: Errand, luck: "_Luck") -> None:
        """Give idle connections something to do, and open more when it is worth it."""
        self._retire()
        if not errand.waiting:
            return
        now = time.monotonic()
        for wire in [wire for wire in self._wires if not wire.talk.busy]:
            try:
                wire.begin(now)
            except TalkBrokenError as fault:
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

    def _pass(self, errand: Errand, luck: "_Luck", timeout: float) -> None:
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
            except TalkBrokenError as fault:
                self._fall(wire, fault, errand, luck)
            else:
                if wire.interest != key.events:
                    self._selector.modify(wire.sock, wire.interest, wire)
        if now >= self._look_at:
            self._look_at = now + _TICK
            for wire in [wire for wire in self._wires if wire.talk.busy and wire.deadline < now]:
                self._fall(wire, TalkBrokenError(Reason.TIMED_OUT, "no answer in time", slow=True), errand, luck)

    def _adopt(self, errand: Errand, luck: "_Luck", now: float) -> None:
        """Take over the connections that were opened; they get their first message from `_hand_out`."""
        for result in self._openings.collect():
            if isinstance(result, Opened):
                luck.opened()
                talk = Talk(result.offer, errand, self._pipelining, self._route.messages_per_connection)
                wire = Wire(result.sock, talk, self._route.patience)
                self._wires.append(wire)
                self._selector.register(wire.sock, wire.interest, wire)
            else:
                luck.not_opened(result)
                if self._wires:
                    self._ceiling.lower(len(self._wires), now)

    def _fall(self, wire: Wire, fault: TalkBrokenError, errand: Errand, luck: "_Luck") -> None:
        if wire.talk.busy:
            luck.fell(fault, wire.talk.phase or Phase.CONNECT)
            errand.falls += 1
        self._drop(wire)
        wire.talk.fall(fault)

    def _drop(self, wire: Wire) -> None:
        self._wires.remove(wire)
        self._selector.unregister(wire.sock)
        wire.close()


class Ceiling:
    """How many connections the server lets us have: learnt when it turns one away, tried anew after a while."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known = most
        self._until = 0.0

    def at(self, now: float) -> int:
        return self._known if now < self._until else self._most

    def lower(self, known: int, now: float) -> None:
        self._known, self._until = known, now + _CROWDED


_UNKNOWN = NotOpened(Outcome.LATER, Reason.CANNOT_CONNECT, Phase.CONNECT, "")


class _Luck:
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

    def capacity(self, errand: Errand) -> int:
        """How many connections this batch may have: each that went silent takes its place with it."""
        if errand.falls >= _FALLS_EACH * self._connections:
            return 0
        return self._connections - self._silent

    def opened(self) -> None:
        self._tries = 2
        self._last = _UNKNOWN

    def not_opened(self, failure: NotOpened) -> None:
        self._last = failure

    def fell(self, fault: TalkBrokenError, phase: Phase) -> None:
        self._silent += fault.slow
        self._last = NotOpened(Outcome.LATER, fault.reason, phase, fault.detail)

    def give_up(self, errand: Errand) -> None:
        last = self._last
        errand.give_up(last.outcome, last.reason.value, last.phase.value, last.detail)
