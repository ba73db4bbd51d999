"""Why mail comes back that is no address's fault: one cause for each answer, by name, with what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from broadcaster.providers.answers import Sign, signs
from broadcaster.providers.reasons import Reason


@dataclass(frozen=True, slots=True)
class Cause:
    """`is_` is what a sentence says after a colon, `remedy` what somebody can do."""

    is_: str
    remedy: str


_ASK = "Ask whoever runs the mail server."

CAUSES: Mapping[str, Cause] = {
    "mail-blocklisted": Cause(
        "our server is on a blocklist",
        "Look up which one in an answer, have the server taken off it, or send by another server.",
    ),
    "mail-unauthenticated": Cause(
        "SPF, DKIM or DMARC of the sender's domain does not hold",
        "Check the three records of the signatory's domain, and which server signs.",
    ),
    "mail-server-unnamed": Cause(
        "our server's name does not lead back to it (reverse DNS, HELO)", f"Have its PTR record set. {_ASK}"
    ),
    "mail-too-fast": Cause("we send faster than they take it", "Lower `pace` in config.yaml, and write again later."),
    "mail-content": Cause(
        "the letter is taken for spam, or holds what they do not take",
        "Read an answer; look at wording, links and attachments.",
    ),
    "mail-sender-refused": Cause(
        "our sender's address is refused", "Check the signatory's address and `return_path` in config.yaml."
    ),
    "mail-relay-refused": Cause(
        "our mail server is not let through", f"Check sign-in and route in config.yaml. {_ASK}"
    ),
    "mail-tls": Cause("the connection was not encrypted as they ask for", _ASK),
    "mail-too-large": Cause("the letter is too large", "Make the letter smaller."),
    "mail-malformed": Cause("the message breaks a rule of theirs", "Read an answer, and report it to us."),
    "mail-not-taken": Cause(
        "it was put off until the time was up", "Read an answer. Where it is not about us, write again later."
    ),
    "mail-by-policy": Cause("they turn us away by a rule of their own", "Read an answer, and ask the provider."),
}
"""Every cause by the name of its brake."""

_BY_SIGN: Mapping[Sign, str] = {
    Sign.BLOCKLISTED: "mail-blocklisted",
    Sign.AUTHENTICATION: "mail-unauthenticated",
    Sign.REVERSE_NAME: "mail-server-unnamed",
    Sign.RATE: "mail-too-fast",
    Sign.CONTENT: "mail-content",
    Sign.SENDER: "mail-sender-refused",
    Sign.RELAY: "mail-relay-refused",
    Sign.TLS: "mail-tls",
    Sign.SIZE: "mail-too-large",
    Sign.FORM: "mail-malformed",
    Sign.POLICY: "mail-by-policy",
}

_BY_CODE: Mapping[str, str] = {
    Reason.BLOCKED: "mail-by-policy",
    Reason.TRY_LATER: "mail-too-fast",
    Reason.SENDER_REFUSED: "mail-sender-refused",
    Reason.RELAY_REFUSED: "mail-relay-refused",
    Reason.MESSAGE_TOO_LARGE: "mail-too-large",
    Reason.MESSAGE_REFUSED: "mail-content",
    Reason.NOT_REACHED: "mail-not-taken",
}


def cause_of(code: str, detail: str) -> str:
    """The cause of a refusal that counts against nobody, by its code and the answer as it was kept; "" for none.

    Without an answer the code alone is no cause: somebody must be able to read what was said.
    """
    if code not in _BY_CODE or not detail:
        return ""
    spoken = signs(detail)
    return next((name for sign, name in _BY_SIGN.items() if sign in spoken), _BY_CODE[code])
