"""Causes of bounces that are no recipient's fault, by name: each with its remedy."""

from collections.abc import Mapping
from dataclasses import dataclass

from broadcaster.providers.answers import AnswerTopic, find_topics
from broadcaster.providers.reasons import Reason


@dataclass(frozen=True, slots=True)
class BounceCause:
    """`is_` completes a sentence after a colon; `remedy` says what to do."""

    is_: str
    remedy: str


_ASK_SERVER_ADMIN = "Ask whoever runs the mail server."

BOUNCE_CAUSES: Mapping[str, BounceCause] = {
    "mail-blocklisted": BounceCause(
        "our server is on a blocklist",
        "Look up which one in an answer, have the server taken off it, or send by another server.",
    ),
    "mail-unauthenticated": BounceCause(
        "SPF, DKIM or DMARC of the sender's domain does not hold",
        "Check the three records of the signatory's domain, and which server signs.",
    ),
    "mail-server-unnamed": BounceCause(
        "our server's name does not lead back to it (reverse DNS, HELO)",
        f"Have its PTR record set. {_ASK_SERVER_ADMIN}",
    ),
    "mail-too-fast": BounceCause(
        "we send faster than they take it", "Lower `pace` in config.yaml, and write again later."
    ),
    "mail-content": BounceCause(
        "the letter is taken for spam, or holds what they do not take",
        "Read an answer; look at wording, links and attachments.",
    ),
    "mail-sender-refused": BounceCause(
        "our sender's address is refused", "Check the signatory's address and `return_path` in config.yaml."
    ),
    "mail-relay-refused": BounceCause(
        "our mail server is not let through", f"Check sign-in and route in config.yaml. {_ASK_SERVER_ADMIN}"
    ),
    "mail-tls": BounceCause("the connection was not encrypted as they ask for", _ASK_SERVER_ADMIN),
    "mail-too-large": BounceCause("the letter is too large", "Make the letter smaller."),
    "mail-malformed": BounceCause("the message breaks a rule of theirs", "Read an answer, and report it to us."),
    "mail-not-taken": BounceCause(
        "it was put off until the time was up", "Read an answer. Where it is not about us, write again later."
    ),
    "mail-by-policy": BounceCause("they turn us away by a rule of their own", "Read an answer, and ask the provider."),
}
"""Every cause by the name of its halt rule."""

_CAUSE_BY_TOPIC: Mapping[AnswerTopic, str] = {
    AnswerTopic.BLOCKLISTED: "mail-blocklisted",
    AnswerTopic.AUTHENTICATION: "mail-unauthenticated",
    AnswerTopic.REVERSE_NAME: "mail-server-unnamed",
    AnswerTopic.RATE: "mail-too-fast",
    AnswerTopic.CONTENT: "mail-content",
    AnswerTopic.SENDER: "mail-sender-refused",
    AnswerTopic.RELAY: "mail-relay-refused",
    AnswerTopic.TLS: "mail-tls",
    AnswerTopic.SIZE: "mail-too-large",
    AnswerTopic.FORM: "mail-malformed",
    AnswerTopic.POLICY: "mail-by-policy",
}

_CAUSE_BY_CODE: Mapping[str, str] = {
    Reason.BLOCKED: "mail-by-policy",
    Reason.TRY_LATER: "mail-too-fast",
    Reason.SENDER_REFUSED: "mail-sender-refused",
    Reason.RELAY_REFUSED: "mail-relay-refused",
    Reason.MESSAGE_TOO_LARGE: "mail-too-large",
    Reason.MESSAGE_REFUSED: "mail-content",
    Reason.NOT_REACHED: "mail-not-taken",
}


def bounce_cause_of(code: str, detail: str) -> str:
    """The name of the cause of a refusal without a strike, by its code and the server's answer; "" for none.

    Without an answer there is no cause, for staff must be able to read what the server said.
    """
    if code not in _CAUSE_BY_CODE or not detail:
        return ""
    topics = find_topics(detail)
    return next((name for topic, name in _CAUSE_BY_TOPIC.items() if topic in topics), _CAUSE_BY_CODE[code])
