"""What the status of a failed delivery says about the address: a table (RFC 3463 and IANA's registry of RFC 5248).

Whoever is struck off a list hears no more warnings. So an address is given up at once only where its own server says
that it does not exist; what may pass counts as one of three strikes; and what is said of us (our server on a blocklist,
our signature, our letter) never counts against anybody: a whole community must not be lost to a listing of ours.
"""

from typing import NamedTuple

from broadcaster.providers.reasons import Reason

STRIKE_AT_ONCE = 1
STRIKE_THIRD_TIME = 3
STRIKE_NEVER = 0


class AnswerMeaning(NamedTuple):
    """Why it failed, and how often it may before the address is not written to any more (`Report.strikes`)."""

    reason: Reason
    strikes: int


_BY_STATUS: dict[str, AnswerMeaning] = {
    # subject and detail of the status: the table for class 5
    "1.1": AnswerMeaning(Reason.ADDRESS_UNKNOWN, STRIKE_AT_ONCE),  # no such mailbox
    "1.2": AnswerMeaning(Reason.ADDRESS_UNKNOWN, STRIKE_AT_ONCE),  # no such domain
    "1.3": AnswerMeaning(Reason.ADDRESS_MALFORMED, STRIKE_AT_ONCE),  # cannot be an address there
    "1.6": AnswerMeaning(Reason.ADDRESS_UNKNOWN, STRIKE_AT_ONCE),  # moved, and left no address
    "1.7": AnswerMeaning(Reason.MESSAGE_REFUSED, STRIKE_NEVER),  # our address is malformed
    "1.8": AnswerMeaning(Reason.MESSAGE_REFUSED, STRIKE_NEVER),  # our domain cannot be found
    "1.10": AnswerMeaning(
        Reason.ADDRESS_UNKNOWN, STRIKE_AT_ONCE
    ),  # no mail there (RFC 7505); Exchange: no such recipient
    "1.90": AnswerMeaning(Reason.MESSAGE_REFUSED, STRIKE_NEVER),  # Exchange Online: we have sent as much as we may
    "2.1": AnswerMeaning(Reason.ADDRESS_UNKNOWN, STRIKE_AT_ONCE),  # mailbox disabled
    "2.2": AnswerMeaning(Reason.MAILBOX_FULL, STRIKE_THIRD_TIME),
    "2.3": AnswerMeaning(Reason.MESSAGE_TOO_LARGE, STRIKE_NEVER),
    "3.4": AnswerMeaning(Reason.MESSAGE_TOO_LARGE, STRIKE_NEVER),
}
_BY_SUBJECT: dict[str, AnswerMeaning] = {
    "1": AnswerMeaning(Reason.ADDRESS_REFUSED, STRIKE_THIRD_TIME),
    "2": AnswerMeaning(Reason.ADDRESS_REFUSED, STRIKE_THIRD_TIME),
    "3": AnswerMeaning(Reason.NOT_REACHED, STRIKE_THIRD_TIME),  # its system is full, closed or wrongly set up
    "4": AnswerMeaning(Reason.NOT_REACHED, STRIKE_THIRD_TIME),  # no way there; 4.4.7: tried until the time was up
    "6": AnswerMeaning(Reason.MESSAGE_REFUSED, STRIKE_NEVER),  # what the letter is made of
    "7": AnswerMeaning(Reason.BLOCKED, STRIKE_NEVER),  # policy: blocklists, spam filters, SPF, DKIM, DMARC (RFC 7372)
}
_OTHER = AnswerMeaning(Reason.ADDRESS_REFUSED, STRIKE_THIRD_TIME)


def meaning_of_status(status: str) -> AnswerMeaning:
    """What a delivery that failed with this status ("5.1.1"; "" for none) means.

    A failure of class 4 is one that was given up in the end: it may pass by itself, so it never counts at once.
    """
    kind, _, rest = status.partition(".")
    found = _BY_STATUS.get(rest) or _BY_SUBJECT.get(rest.partition(".")[0]) or _OTHER
    if kind == "4" and found.strikes == STRIKE_AT_ONCE:
        return AnswerMeaning(Reason.ADDRESS_REFUSED, STRIKE_THIRD_TIME)
    return found


def is_vague(status: str) -> bool:
    """Whether a status names a subject only ("5.1.0", "5.3.0", "5.5.x"): the server's words say more, if there are any.

    A policy (x.7.x) is never vague, for a server that has one seldom says which.
    """
    _, _, rest = status.partition(".")
    subject = rest.partition(".")[0]
    return rest not in _BY_STATUS and subject in _VAGUE


def is_policy(status: str) -> bool:
    """Whether a status speaks of a policy (x.7.x)."""
    return status[1:].startswith(".7.")


_VAGUE = frozenset({"0", "1", "2", "3", "4", "5"})
