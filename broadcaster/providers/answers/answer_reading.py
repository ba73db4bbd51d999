"""What an answer of a mail server means for the address: its codes and its words together. Pure.

The same answer means the same wherever it is met: at RCPT, in a bounce, in an event of a relay's webhook. Servers
contradict themselves (Status 5.1.1 over "550 5.7.1 … blocklist"), and a Status is often the reporter's guess. So
everything that an answer says is read, and the mildest counts; what says nothing (x.0.0) is left out, and what says
little (5.1.0, 5.3.0) gives way to plain words. Only the named forms below mean another thing than their parts.
"""

import re
from collections.abc import Iterator

from broadcaster.providers.answers.answer_topics import AnswerTopic
from broadcaster.providers.answers.statuses import (
    STRIKE_AT_ONCE,
    STRIKE_NEVER,
    STRIKE_THIRD_TIME,
    AnswerMeaning,
    is_policy,
    is_vague,
    meaning_of_status,
)
from broadcaster.providers.answers.topic_patterns import find_topics
from broadcaster.providers.reasons import Reason

_UNKNOWN = AnswerMeaning(Reason.ADDRESS_UNKNOWN, STRIKE_AT_ONCE)
_REFUSED = AnswerMeaning(Reason.ADDRESS_REFUSED, STRIKE_THIRD_TIME)
_BLOCKED = AnswerMeaning(Reason.BLOCKED, STRIKE_NEVER)
_PUT_OFF = AnswerMeaning(Reason.TRY_LATER, STRIKE_NEVER)
_DOUBTFUL = AnswerMeaning(Reason.ADDRESS_UNKNOWN, STRIKE_THIRD_TIME)
"""Plain words for "no such user", and a policy's code (550 5.7.1): many servers give every refusal that code."""

_NOT_IN_TIME = AnswerMeaning(Reason.NOT_REACHED, STRIKE_NEVER)

_BY_SIGN: dict[AnswerTopic, AnswerMeaning] = {
    AnswerTopic.BLOCKLISTED: _BLOCKED,
    AnswerTopic.AUTHENTICATION: _BLOCKED,
    AnswerTopic.REVERSE_NAME: _BLOCKED,
    AnswerTopic.RATE: _PUT_OFF,
    AnswerTopic.CONTENT: _BLOCKED,
    AnswerTopic.SENDER: AnswerMeaning(Reason.SENDER_REFUSED, STRIKE_NEVER),
    AnswerTopic.RELAY: AnswerMeaning(Reason.RELAY_REFUSED, STRIKE_NEVER),
    AnswerTopic.TLS: _BLOCKED,
    AnswerTopic.SIZE: AnswerMeaning(Reason.MESSAGE_TOO_LARGE, STRIKE_NEVER),
    AnswerTopic.FORM: AnswerMeaning(Reason.MESSAGE_REFUSED, STRIKE_NEVER),
    AnswerTopic.POLICY: _BLOCKED,
    AnswerTopic.SYSTEM: AnswerMeaning(Reason.NOT_REACHED, STRIKE_NEVER),
    AnswerTopic.FULL: AnswerMeaning(Reason.MAILBOX_FULL, STRIKE_THIRD_TIME),
    AnswerTopic.ASLEEP: _REFUSED,
    AnswerTopic.CLOSED: _UNKNOWN,
    AnswerTopic.NO_ROUTE: AnswerMeaning(Reason.NOT_REACHED, STRIKE_THIRD_TIME),
    AnswerTopic.NO_DOMAIN: _UNKNOWN,
    AnswerTopic.NO_USER: _UNKNOWN,
}

_BY_REPLY: dict[str, AnswerMeaning] = {
    **dict.fromkeys(
        ("500", "501", "502", "503", "504"), AnswerMeaning(Reason.MESSAGE_REFUSED, STRIKE_NEVER)
    ),  # of a command
    "521": _UNKNOWN,  # the host takes no mail (RFC 7504)
    "552": AnswerMeaning(
        Reason.MAILBOX_FULL, STRIKE_THIRD_TIME
    ),  # exceeded storage allocation (RFC 5321); of a size it has words
    "556": _UNKNOWN,  # the domain takes no mail (RFC 7504)
}
"""Reply codes that say something without a status. 550 may be anything."""

_NAMED = (
    # Exchange Online, of an address that the tenant's directory does not have (learn.microsoft.com, "Directory-Based
    # Edge Blocking"). Whatever else is "denied" there has 5.7.x.
    re.compile(r"\b5\.4\.1\b.{0,330}recipient address rejected: access denied", re.IGNORECASE | re.DOTALL),
    # Mail.ru, whose own words for it begin like a policy's.
    re.compile(r"not accepted -- invalid mailbox", re.IGNORECASE),
    # The domain takes no mail (RFC 7505), however the sender's server looked it up.
    re.compile(r"\bnull ?mx\b", re.IGNORECASE),
)
"""Forms of "no such user" that their own codes or words would make milder."""

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_REPLY = re.compile(r"(?:^|(?<=[\s:(;\[]))([45][0-5]\d)(?=[\s:#-]|$)")
_LIMIT = 2000


def read_answer(status: str, words: str) -> AnswerMeaning | None:
    """What an answer means that turned a delivery down for good, or one by which it was given up.

    `status` is what a report says as Status or an event as its status ("" for none), `words` the server's own, with its
    codes. None when neither says anything.
    """
    words = words[:_LIMIT]
    reply = _REPLY.search(words)
    codes = [one for one in (*_STATUS.findall(words), status) if one]
    passing = (reply[1] if reply else codes[0] if codes else "").startswith("4")
    if any(form.search(f"{status} {words}") for form in _NAMED):
        return _DOUBTFUL if passing else _UNKNOWN
    told = [one for one in codes if not one.endswith(".0.0")]
    found = list(_meanings_of_topics(find_topics(words)))
    if found and told and all(one == _UNKNOWN for one in found) and all(map(is_policy, told)):
        found = [_DOUBTFUL]
    else:
        found += [meaning_of_status(one) for one in told if not (found and is_vague(one))]
    if reply and not told and not found and reply[1] in _BY_REPLY:
        found.append(_BY_REPLY[reply[1]])
    if not found:
        return _NOT_IN_TIME if passing and reply else None
    mildest = min(found, key=_mildness)
    return _after_giving_up(mildest, answered=reply is not None) if passing else mildest


def says_anything(status: str, words: str) -> bool:
    """Whether these words, or the status where they are silent, say what it is about."""
    return bool(find_topics(words)) or any(
        not one.endswith(".0.0") and not is_vague(one) for one in (*_STATUS.findall(words[:_LIMIT]), status) if one
    )


def milder_meaning(one: AnswerMeaning, other: AnswerMeaning | None) -> AnswerMeaning:
    """The one that strikes an address off later, or never; the first where they are alike."""
    return min(one, other, key=_mildness) if other else one


def _meanings_of_topics(spoken: frozenset[AnswerTopic]) -> Iterator[AnswerMeaning]:
    return (_BY_SIGN[sign] for sign in AnswerTopic if sign in spoken)


def _mildness(one: AnswerMeaning) -> int:
    return (STRIKE_NEVER, STRIKE_THIRD_TIME, STRIKE_AT_ONCE).index(one.strikes)


def _after_giving_up(found: AnswerMeaning, *, answered: bool) -> AnswerMeaning:
    """What was put off until the time was up: never at once, and what a server merely put off never. A mailbox that is
    full for days is what it is.
    """
    if answered and found.strikes and found.reason is not Reason.MAILBOX_FULL:
        return _NOT_IN_TIME
    return AnswerMeaning(found.reason, STRIKE_THIRD_TIME) if found.strikes == STRIKE_AT_ONCE else found
