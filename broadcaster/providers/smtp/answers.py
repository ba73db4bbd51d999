"""What an answer to one command of a message's envelope means for the message. Pure."""

from broadcaster.providers.smtp.batch import Turn
from broadcaster.providers.smtp.pipelining import Pipelining, suspicion_of
from broadcaster.providers.smtp.replies import Reply
from broadcaster.providers.smtp.verdicts import Phase, judge


def take_in(turn: Turn, step: Phase, reply: Reply, pipelining: Pipelining, *, good: bool) -> None:
    """Write down at `turn` what the answer means: its receipt, or that it must be put back; nothing where it is `good`.

    Raises TalkBrokenError for an answer that cannot stand here.
    """
    if turn.receipt is not None or turn.put_back:
        return  # the first bad answer counts; those behind it follow from it
    if turn.suspicion is not None:
        pipelining.learn(turn.suspicion, step, reply, good=good)
    if good:
        return
    if turn.suspicion is None and (suspicion := suspicion_of(turn.way, step, reply.code)) is not None:
        turn.suspicion, turn.put_back = suspicion, True
        pipelining.suspect(suspicion)
    else:
        turn.receipt = judge(step, reply, turn.message.delivery_id, turn.message.to)
