"""The meaning of an answer to one envelope command for its message."""

from broadcaster.providers.smtp.transactions.batch import MessageTurn
from broadcaster.providers.smtp.transactions.pipelining import Pipelining, pipelining_suspicion
from broadcaster.providers.smtp.transactions.replies import SmtpReply
from broadcaster.providers.smtp.transactions.verdicts import SmtpPhase, judge_reply


def apply_answer(turn: MessageTurn, step: SmtpPhase, reply: SmtpReply, pipelining: Pipelining, *, good: bool) -> None:
    """Write down at `turn` what the answer means: its receipt, or that it must be put back; nothing where it is `good`.

    Raises TalkBrokenError for an answer that cannot stand here.
    """
    if turn.receipt is not None or turn.put_back:
        return  # the first bad answer counts; those behind it follow from it
    if turn.suspicion is not None:
        pipelining.learn(turn.suspicion, step, reply, good=good)
    if good:
        return
    if turn.suspicion is None and (suspicion := pipelining_suspicion(turn.way, step, reply.code)) is not None:
        turn.suspicion, turn.put_back = suspicion, True
        pipelining.suspect(suspicion)
    else:
        turn.receipt = judge_reply(step, reply, turn.message.delivery_id, turn.message.to)
