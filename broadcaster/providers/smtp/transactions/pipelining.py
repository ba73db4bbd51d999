"""How far commands may run ahead of their answers on one route (RFC 2920), and how a server shows that they may not.

A server may offer PIPELINING and yet turn down, with 500 to 503, a command that came before it had answered the one
ahead of it: Haraka 3.3.4 does so to whatever follows the final dot. Such an answer says nothing about sender,
recipient or message. The message is put back once and said again with each command by itself. Another answer then
proves that pipelining was the fault, and the route is spared it from then on; the same answer is the server's own word.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from broadcaster.domain.delivery.mail_routes import EnvelopePipelining, PipeliningLimit
from broadcaster.providers.smtp.transactions.replies import SmtpReply
from broadcaster.providers.smtp.transactions.verdicts import OUT_OF_SEQUENCE, SmtpPhase


@dataclass(frozen=True, slots=True)
class PipeliningSuspicion:
    """What a message was answered that may be owed to the way it was said."""

    way: EnvelopePipelining
    phase: SmtpPhase
    code: int


class Pipelining:
    """What is known of one route. Its sessions share it; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._limit: PipeliningLimit | None = None
        self._found: PipeliningLimit | None = None
        self._meanwhile = EnvelopePipelining.BEHIND_DOT

    @property
    def quickest(self) -> EnvelopePipelining:
        """The way to say the next message. While something is suspected, it is gone without."""
        limit = self._limit
        return min(limit.way, self._meanwhile) if limit and limit.is_current(datetime.now(UTC)) else self._meanwhile

    def suspect(self, suspicion: PipeliningSuspicion) -> None:
        """Go without what may be the fault, until that is known."""
        with self._lock:
            self._meanwhile = min(self._meanwhile, EnvelopePipelining(suspicion.way - 1))

    def learn(self, suspicion: PipeliningSuspicion, step: SmtpPhase, reply: SmtpReply, *, good: bool) -> None:
        """Compare what a message is answered by itself with what it was answered before."""
        if step is suspicion.phase and reply.code != suspicion.code:
            self._blame(EnvelopePipelining(suspicion.way - 1))
        elif not good:
            with self._lock:
                self._meanwhile = EnvelopePipelining.BEHIND_DOT

    def recall(self, limit: PipeliningLimit | None) -> None:
        """Go by what was known of the route before this process began."""
        with self._lock:
            self._limit = self._limit or limit

    def take_found_limit(self) -> PipeliningLimit | None:
        """What was found out since the last call, if anything."""
        with self._lock:
            found, self._found = self._found, None
        return found

    def _blame(self, way: EnvelopePipelining) -> None:
        with self._lock:
            self._meanwhile = EnvelopePipelining.BEHIND_DOT
            known, now = self._limit, datetime.now(UTC)
            if known is None or way < known.way or not known.is_current(now):
                self._limit = self._found = PipeliningLimit(way, now)


def pipelining_suspicion(way: EnvelopePipelining, step: SmtpPhase, code: int) -> PipeliningSuspicion | None:
    """What an answer of this code is perhaps owed to; None where it is the server's own word."""
    ahead = way is EnvelopePipelining.BEHIND_DOT or (way is EnvelopePipelining.GROUP and step is not SmtpPhase.MAIL)
    return PipeliningSuspicion(way, step, code) if ahead and code in OUT_OF_SEQUENCE else None
