"""How far commands may run ahead of their answers on one route (RFC 2920), and how a server shows that they may not.

A server may offer PIPELINING and yet turn down, with 500 to 503, a command that came before it had answered the one
ahead of it: Haraka 3.3.4 does so to whatever follows the final dot. Such an answer says nothing about sender,
recipient or message. The message is put back once and said again with each command by itself. Another answer then
proves that pipelining was the fault, and the route is spared it from then on; the same answer is the server's own word.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from broadcaster.domain.mailroutes import Limit, Way
from broadcaster.providers.smtp.replies import Reply
from broadcaster.providers.smtp.verdicts import OUT_OF_SEQUENCE, Phase


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What a message was answered that may be owed to the way it was said."""

    way: Way
    phase: Phase
    code: int


class Pipelining:
    """What is known of one route. Its sessions share it; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._limit: Limit | None = None
        self._found: Limit | None = None
        self._meanwhile = Way.BEHIND_DOT

    @property
    def quickest(self) -> Way:
        """The way to say the next message. While something is suspected, it is gone without."""
        limit = self._limit
        return min(limit.way, self._meanwhile) if limit and limit.holds(datetime.now(UTC)) else self._meanwhile

    def suspect(self, suspicion: Suspicion) -> None:
        """Go without what may be the fault, until that is known."""
        with self._lock:
            self._meanwhile = min(self._meanwhile, Way(suspicion.way - 1))

    def learn(self, suspicion: Suspicion, step: Phase, reply: Reply, *, good: bool) -> None:
        """Compare what a message is answered by itself with what it was answered before."""
        if step is suspicion.phase and reply.code != suspicion.code:
            self._blame(Way(suspicion.way - 1))
        elif not good:
            with self._lock:
                self._meanwhile = Way.BEHIND_DOT

    def recall(self, limit: Limit | None) -> None:
        """Go by what was known of the route before this process began."""
        with self._lock:
            self._limit = self._limit or limit

    def found(self) -> Limit | None:
        """What was found out since the last call, if anything."""
        with self._lock:
            found, self._found = self._found, None
        return found

    def _blame(self, way: Way) -> None:
        with self._lock:
            self._meanwhile = Way.BEHIND_DOT
            known, now = self._limit, datetime.now(UTC)
            if known is None or way < known.way or not known.holds(now):
                self._limit = self._found = Limit(way, now)


def suspicion_of(way: Way, step: Phase, code: int) -> Suspicion | None:
    """What an answer of this code is perhaps owed to; None where it is the server's own word."""
    ahead = way is Way.BEHIND_DOT or (way is Way.GROUP and step is not Phase.MAIL)
    return Suspicion(way, step, code) if ahead and code in OUT_OF_SEQUENCE else None
