"""The transactions of one connection (RFC 5321), pipelined where the server offers it (RFC 2920). Pure: bytes in,
bytes out.

One round trip per message: the write that carries a body and its final dot carries the next message's MAIL, RCPT and
DATA too. DATA must end its group, since the body may follow only upon 354; after the final dot anything may follow,
unless the route's server cannot do that (`pipelining`).

A message is in doubt from the moment the first byte of its final dot could have left until the reply to that dot
(RFC 1047). Before it the message certainly was not taken.
"""

from collections import deque

from broadcaster.domain.delivery.mail_routes import EnvelopePipelining
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.reasons import Reason
from broadcaster.providers.redaction import clean_reference, redact
from broadcaster.providers.smtp.transactions.batch import MessageTurn, SmtpBatch
from broadcaster.providers.smtp.transactions.envelope import (
    DATA,
    DOT,
    RSET,
    ServerExtensions,
    find_obstacle,
    mail_command,
    message_body,
    rcpt_command,
)
from broadcaster.providers.smtp.transactions.envelope_answers import apply_answer
from broadcaster.providers.smtp.transactions.pipelining import Pipelining
from broadcaster.providers.smtp.transactions.replies import ReplyReader, SmtpConnectionLostError, SmtpReply
from broadcaster.providers.smtp.transactions.verdicts import SmtpPhase, judge_reply

MAX_MESSAGES = 100
"""Messages that one connection carries where config.yaml names no number. Servers end longer ones as they like."""

MAX_MESSAGES_TO_EXIM = 10
"""The same for Exim, which takes more of one connection, but leaves them lying until its next queue run, half an hour
perhaps (`smtp_accept_queue_per_connection`, chapter 14 of its specification; its default is 10).
"""

_Awaited = tuple[SmtpPhase, MessageTurn | None]
"""What a reply is awaited for, and whose it is. Nobody's is the answer to RSET, and the one to the lone dot that ends a
transaction without recipients which the server opened all the same.
"""


class SmtpProtocol:
    """One connection after its opening. Feed it what the server says; send what stands in `out`.

    `replies` counts what was heard, so that the shell can tell progress from a trickle. `kept` says that the
    connection has served before: a loss then is most likely old age, not the message's fault.
    """

    __slots__ = (
        "_awaited",
        "_base",
        "_carried",
        "_left",
        "_most",
        "_needs_rset",
        "_offer",
        "_pipelining",
        "_reader",
        "_script",
        "errand",
        "kept",
        "out",
        "replies",
    )

    def __init__(
        self, offer: ServerExtensions, errand: SmtpBatch, pipelining: Pipelining | None = None, most: int | None = None
    ) -> None:
        self.errand = errand
        self.out = b""
        self.replies = 0
        self.kept = False
        self._offer = offer
        self._pipelining = pipelining or Pipelining()
        self._reader = ReplyReader()
        self._awaited: deque[_Awaited] = deque()
        self._script: deque[tuple[SmtpPhase, MessageTurn | None, bytes]] = deque()
        self._base = 0  # offset of out[0] in the whole stream
        self._left = 0  # offset up to which bytes could have left this machine
        self._needs_rset = False
        self._carried = 0
        self._most = most

    @property
    def spent(self) -> bool:
        """Whether this connection has carried as many messages as it should."""
        return self._carried >= (self._most or MAX_MESSAGES)

    @property
    def busy(self) -> bool:
        """Whether a message is under way here."""
        return bool(self._awaited or self.out)

    @property
    def phase(self) -> SmtpPhase | None:
        """What is awaited now; None when nothing is."""
        if not self._awaited:
            return None
        step, turn = self._awaited[0]
        if step is SmtpPhase.FINAL_DOT and turn is not None and not self._is_unsure(turn):
            return SmtpPhase.BODY
        return step

    def begin(self, way: EnvelopePipelining = EnvelopePipelining.GROUP) -> None:
        """Take the next message of the errand, if there is one, and say its envelope, no quicker than `way`."""
        while not self.spent and (turn := self.errand.take()) is not None:
            receipt = find_obstacle(turn.message, self._offer)
            if receipt is None:
                turn.way, turn.put_back = min(way, turn.way_for_message(self._quickest)), False
                self._say_envelope(turn)
                return
            self.errand.settle(turn, receipt)

    def offering(self, count: int) -> None:
        """The next `count` bytes of `out` are about to be offered to a layer that may send without saying so (TLS)."""
        self._left = max(self._left, self._base + count)

    def sent(self, count: int) -> None:
        """The first `count` bytes of `out` were taken by the operating system."""
        self._base += count
        self._left = max(self._left, self._base)
        self.out = self.out[count:]

    def feed(self, data: bytes) -> None:
        """Hear what the server said. Raises TalkBrokenError when the connection is of no more use: call `fall` then."""
        for reply in self._reader.feed(data):
            self.replies += 1
            self._hear(reply)

    def fall(self, fault: SmtpConnectionLostError) -> None:
        """The connection is lost: settle what is known or in doubt, put back what certainly was not taken."""
        phase = (self.phase or SmtpPhase.CONNECT).value
        code, detail = fault.reason.value, fault.detail
        turns = [turn for _, turn in self._awaited] + [turn for _, turn, _ in self._script]
        under_way = list(dict.fromkeys(turn for turn in turns if turn is not None))
        head = self._awaited[0][1] if self._awaited else None
        # Backwards, for what is put back goes to the front of the queue.
        for turn in reversed(under_way):
            delivery_id = turn.message.delivery_id
            later = Receipt(delivery_id, Outcome.LATER, code, phase, detail=redact(detail, turn.message.to))
            if turn.receipt is not None:
                self.errand.settle(turn, turn.receipt)
            elif self._is_unsure(turn):
                unsure = Receipt(
                    delivery_id, Outcome.UNSURE, Reason.NO_ANSWER.value, SmtpPhase.FINAL_DOT.value, detail=code
                )
                self.errand.settle(turn, unsure)
            elif turn is head and (fault.slow or not self.kept):
                self.errand.settle(turn, later)
            else:
                self.errand.move(turn, later)
        self._awaited.clear()
        self._script.clear()
        self.out = b""

    def _is_unsure(self, turn: MessageTurn) -> bool:
        return turn.dot_at is not None and self._left > turn.dot_at

    @property
    def _quickest(self) -> EnvelopePipelining:
        return self._pipelining.quickest if self._offer.pipelining else EnvelopePipelining.ONE_BY_ONE

    # What we say

    def _say_envelope(self, turn: MessageTurn) -> None:
        commands: list[tuple[SmtpPhase, MessageTurn | None, bytes]] = [
            (SmtpPhase.MAIL, turn, mail_command(turn.message, self._offer)),
            (SmtpPhase.RCPT, turn, rcpt_command(turn.message, self._offer)),
            (SmtpPhase.DATA, turn, DATA),
        ]
        if self._needs_rset:
            commands.insert(0, (SmtpPhase.RSET, None, RSET))
            self._needs_rset = False
        if turn.way is not EnvelopePipelining.ONE_BY_ONE:
            self.out = b"".join((self.out, *(command for _, _, command in commands)))
            self._awaited.extend((step, turn) for step, turn, _ in commands)
        else:
            self._script.extend(commands)
            self._say_next()

    def _say_next(self) -> None:
        """One by one, one command at a time."""
        if self._script and not self._awaited:
            step, turn, command = self._script.popleft()
            self.out += command
            self._awaited.append((step, turn))

    def _say_body(self, turn: MessageTurn) -> None:
        body = message_body(turn.message)
        turn.dot_at = self._base + len(self.out) + len(body)
        self.out = b"".join((self.out, body, DOT))
        self._awaited.append((SmtpPhase.FINAL_DOT, turn))
        self._carried += 1
        if self._quickest is EnvelopePipelining.BEHIND_DOT and not self.errand.next_must_wait:
            self.begin(EnvelopePipelining.BEHIND_DOT)

    # What we hear

    def _hear(self, reply: SmtpReply) -> None:
        if not self._awaited:
            raise SmtpConnectionLostError(
                Reason.BUSY if reply.code == 421 else Reason.GARBLED, "a reply that nothing asked for"
            )
        step, turn = self._awaited[0]
        if reply.code == 421 and not (turn and step is SmtpPhase.FINAL_DOT and self._is_unsure(turn)):
            raise SmtpConnectionLostError(Reason.BUSY, f"{reply.code} {reply.text}")
        if turn is None:
            self._hear_housekeeping(step, reply)
        elif step is SmtpPhase.FINAL_DOT:
            self._hear_final_dot(turn, reply)
        elif step is SmtpPhase.DATA:
            self._hear_data(turn, reply)
        else:
            self._hear_envelope(step, turn, reply)
        self._say_next()

    def _hear_housekeeping(self, step: SmtpPhase, reply: SmtpReply) -> None:
        if step is SmtpPhase.RSET and reply.code // 100 != 2:
            raise SmtpConnectionLostError(Reason.GARBLED, f"RSET was answered {reply.code}")
        self._awaited.popleft()
        if step is SmtpPhase.FINAL_DOT:
            self._go_on()

    def _hear_envelope(self, step: SmtpPhase, turn: MessageTurn, reply: SmtpReply) -> None:
        apply_answer(turn, step, reply, self._pipelining, good=reply.code // 100 == 2)
        self._awaited.popleft()
        if turn.receipt is not None and turn.way is EnvelopePipelining.ONE_BY_ONE:
            self._script.clear()
            self._end_without_body(turn)

    def _hear_data(self, turn: MessageTurn, reply: SmtpReply) -> None:
        opened = reply.code == 354
        apply_answer(turn, SmtpPhase.DATA, reply, self._pipelining, good=opened)
        self._awaited.popleft()
        if not opened:
            self._end_without_body(turn)
        elif turn.receipt is None and not turn.put_back:
            self._say_body(turn)
        else:
            # No recipient was accepted, yet a body is awaited: an empty one harms nobody (RFC 2920 section 3.1).
            self.out += DOT
            self._awaited.append((SmtpPhase.FINAL_DOT, None))
            self._end(turn)

    def _hear_final_dot(self, turn: MessageTurn, reply: SmtpReply) -> None:
        message = turn.message
        if not self._is_unsure(turn):
            # An answer before we have ended: whatever it says, nothing was taken and the two sides are out of step.
            turn.receipt = judge_reply(SmtpPhase.BODY, reply, message.delivery_id, message.to)
            raise SmtpConnectionLostError(Reason.DROPPED, f"{reply.code} before the end of the message")
        if reply.code // 100 == 2:
            receipt = Receipt(message.delivery_id, Outcome.ACCEPTED, reference=clean_reference(reply.reference))
            self._most = self._most or (MAX_MESSAGES_TO_EXIM if reply.is_from_exim else None)
        else:
            receipt = judge_reply(SmtpPhase.FINAL_DOT, reply, message.delivery_id, message.to)
        self._awaited.popleft()
        self._settle(turn, receipt)
        if reply.code == 421:
            raise SmtpConnectionLostError(Reason.BUSY, f"{reply.code} {reply.text}")
        self._go_on()

    def _end_without_body(self, turn: MessageTurn) -> None:
        self._needs_rset = True
        self._end(turn)
        self._go_on()

    def _end(self, turn: MessageTurn) -> None:
        if turn.receipt is not None:
            self._settle(turn, turn.receipt)
        else:
            self.errand.put_back(turn)

    def _settle(self, turn: MessageTurn, receipt: Receipt) -> None:
        self.kept = True
        self.errand.falls = 0
        self.errand.settle(turn, receipt)

    def _go_on(self) -> None:
        if not self.busy and not self._script:
            self.begin()
