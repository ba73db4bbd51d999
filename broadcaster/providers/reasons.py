"""Why a provider did not take a message: one vocabulary for all providers, each word with what to do about it."""

from enum import StrEnum
from typing import NamedTuple


class Reason(StrEnum):
    """The `code` of a receipt that is not `accepted`, and of a report of something bad.

    Stored in the ledger, so a word is never renamed.
    """

    NAME_NOT_FOUND = "name-not-found"
    CANNOT_CONNECT = "cannot-connect"
    TIMED_OUT = "timed-out"
    DROPPED = "connection-dropped"
    GARBLED = "answer-not-understood"
    BUSY = "provider-busy"
    TRY_LATER = "try-later"
    NO_ANSWER = "no-answer"
    NO_ANSWERS = "no-answers"
    NOT_TRIED = "not-tried"

    NOT_WELCOME = "not-welcome"
    TLS_UNTRUSTED = "certificate-not-trusted"
    TLS_FAILED = "encryption-failed"
    TLS_NOT_OFFERED = "encryption-not-offered"
    SIGN_IN_REFUSED = "sign-in-refused"
    SIGN_IN_NOT_OFFERED = "sign-in-not-offered"
    SIGN_IN_NEEDED = "sign-in-needed"
    SENDER_REFUSED = "sender-refused"
    RELAY_REFUSED = "relay-refused"
    ONLY_CHECKED = "only-checked"
    ALLOWANCE_USED_UP = "allowance-used-up"
    WRONG_CHANNEL = "wrong-channel"

    ADDRESS_UNKNOWN = "address-unknown"
    ADDRESS_REFUSED = "address-refused"
    ADDRESS_MALFORMED = "address-malformed"
    MAILBOX_FULL = "mailbox-full"
    NOT_REACHED = "not-reached"
    BLOCKED = "blocked"
    UNWANTED = "marked-unwanted"
    MESSAGE_REFUSED = "message-refused"
    MESSAGE_TOO_LARGE = "message-too-large"
    MESSAGE_MALFORMED = "message-malformed"

    UNSUBSCRIBED = "unsubscribed"
    ACCOUNT_SUSPENDED = "account-suspended"
    ACCOUNT_LIMITED = "account-limited"
    SENDER_NOT_ALLOWED = "sender-not-allowed"
    SENDER_NOT_REGISTERED = "sender-not-registered"
    SERVICE_UNKNOWN = "messaging-service-unknown"
    REGION_NOT_ALLOWED = "region-not-allowed"
    CALLBACK_REFUSED = "callback-address-refused"
    PROVIDER_SUPPRESSED = "provider-suppressed"
    OPTED_OUT = "opted-out-at-provider"
    NOT_MOBILE = "not-a-mobile"
    PHONE_UNREACHABLE = "phone-unreachable"
    CARRIER_BLOCKED = "carrier-blocked"
    CARRIER_FILTERED = "carrier-filtered"
    FATE_UNKNOWN = "fate-unknown"
    NOT_DELIVERED = "not-delivered"
    QUEUE_FULL = "provider-queue-full"
    EXPIRED = "expired-at-provider"
    QUIET_SOON = "quiet-hours-near"

    DISK_FULL = "disk-full"
    NO_PERMISSION = "no-permission"
    WRITE_FAILED = "write-failed"


class Explanation(NamedTuple):
    """A reason in plain words, and what the reader can do next."""

    why: str
    remedy: str


_WAIT = "Nothing needs doing: it is tried again by itself."
_ADDRESS = "Ask the network for a working address and correct the roster."

EXPLANATIONS: dict[Reason, Explanation] = {
    Reason.NAME_NOT_FOUND: Explanation(
        "The provider's host name could not be found.", "Check `host` in config.yaml and this machine's network."
    ),
    Reason.CANNOT_CONNECT: Explanation(
        "The provider could not be reached.", "Check host and port in config.yaml, the firewall, and the provider."
    ),
    Reason.TIMED_OUT: Explanation("The provider did not answer in time.", _WAIT),
    Reason.DROPPED: Explanation("The provider closed the connection before it took the message.", _WAIT),
    Reason.GARBLED: Explanation(
        "The provider's answer is not in its own protocol.",
        "Check that host and port in config.yaml are the provider's.",
    ),
    Reason.BUSY: Explanation("The provider is busy and asked to come back later.", _WAIT),
    Reason.TRY_LATER: Explanation(
        "A mail server put this message off.",
        "What waits is tried again by itself. What came back is not: lower `pace` in config.yaml, write again later.",
    ),
    Reason.NO_ANSWER: Explanation(
        "The message was handed over, and the answer was lost: it may or may not have been taken.",
        "See `broadcaster unsure`: hold these deliveries, or send them once more.",
    ),
    Reason.NO_ANSWERS: Explanation(
        "The provider was given several batches and answered none of them.",
        "See what the provider has; then settle them with `broadcaster unsure`, and resume.",
    ),
    Reason.NOT_TRIED: Explanation("It was not handed over, because sending had to stop.", "Mend what stopped it."),
    Reason.NOT_WELCOME: Explanation(
        "The mail server does not serve this machine.",
        "Ask whoever runs the mail server to admit this machine's address.",
    ),
    Reason.TLS_UNTRUSTED: Explanation(
        "The provider's certificate could not be verified, so nothing was sent.",
        "Check `host` or `url` in config.yaml; if its certificate authority is a private one, name its `ca_file`.",
    ),
    Reason.TLS_FAILED: Explanation(
        "No encrypted connection could be made.",
        "Check port and `starttls` in config.yaml: 465 is implicit, 587 is STARTTLS.",
    ),
    Reason.TLS_NOT_OFFERED: Explanation(
        "The mail server does not offer encryption, so nothing was sent.",
        "Check host and port in config.yaml; ask whoever runs the mail server to switch STARTTLS on.",
    ),
    Reason.SIGN_IN_REFUSED: Explanation(
        "The provider refused the sign-in.",
        "Check the credentials in the environment and what the account allows them to do, then resume.",
    ),
    Reason.SIGN_IN_NOT_OFFERED: Explanation(
        "The mail server offers no way to sign in that is understood here.",
        "Remove username_env and password_env if none is needed, or use the server's submission port.",
    ),
    Reason.SIGN_IN_NEEDED: Explanation(
        "The mail server wants a sign-in.", "Set username_env and password_env in config.yaml, then resume."
    ),
    Reason.SENDER_REFUSED: Explanation(
        "The provider refused the sender's address.",
        "Have the provider let this account send from the signatory's domain, then resume.",
    ),
    Reason.RELAY_REFUSED: Explanation(
        "The mail server does not pass mail on for this account.",
        "Sign in (username_env, password_env), or have this machine admitted as a sender, then resume.",
    ),
    Reason.ONLY_CHECKED: Explanation(
        "The provider checked the messages and sent none: it is in sandbox mode.",
        "Switch sandbox mode off in the provider's mail settings, then resume.",
    ),
    Reason.ALLOWANCE_USED_UP: Explanation(
        "What the provider's account may send is used up.",
        "Raise the account's plan at the provider, or wait until its allowance is renewed; then resume.",
    ),
    Reason.WRONG_CHANNEL: Explanation(
        "A message came to a provider of another channel.", "This is a fault of the program: please report it."
    ),
    Reason.ADDRESS_UNKNOWN: Explanation("The address does not exist; it is not written to again.", _ADDRESS),
    Reason.ADDRESS_REFUSED: Explanation("The address was refused.", _ADDRESS),
    Reason.ADDRESS_MALFORMED: Explanation("The address cannot be used on this way.", _ADDRESS),
    Reason.MAILBOX_FULL: Explanation("The mailbox is full.", "Reach the person another way, or send again later."),
    Reason.NOT_REACHED: Explanation(
        "The recipient's mail server could not be reached, or did not take it in time.",
        "Nothing for one address. Where a whole domain is not reached, tell whoever runs its mail server.",
    ),
    Reason.BLOCKED: Explanation(
        "The recipient's side blocks us by a rule of its own: a blocklist, a spam filter, our signature.",
        "Read the answer, check SPF, DKIM and DMARC of the sender's domain, and ask the provider. The address is kept.",
    ),
    Reason.UNWANTED: Explanation(
        "The recipient marked the message as unwanted; the address is not written to again.",
        "Respect it. When many do so, look at the letter and at how these people came on the list.",
    ),
    Reason.MESSAGE_REFUSED: Explanation(
        "The message was refused for what it says or how it looks.",
        "Read the provider's answer; when many are refused so, stop and ask the provider.",
    ),
    Reason.MESSAGE_TOO_LARGE: Explanation("The message is too large for the provider.", "Make the letter smaller."),
    Reason.MESSAGE_MALFORMED: Explanation(
        "The message breaks the rules of its protocol and was not handed over.",
        "This is a fault of the program: please report it.",
    ),
    Reason.UNSUBSCRIBED: Explanation(
        "The person unsubscribed at the provider; they are not written to again.",
        "Nothing needs doing. Only they can undo it.",
    ),
    Reason.ACCOUNT_SUSPENDED: Explanation(
        "The account at the provider is suspended or not active.",
        "Look at its balance and its messages in the provider's console, then resume.",
    ),
    Reason.ACCOUNT_LIMITED: Explanation(
        "The account at the provider may not send this: it is a trial, or has reached a limit.",
        "Read the provider's answer, lift the limit in its console, then resume.",
    ),
    Reason.SENDER_NOT_ALLOWED: Explanation(
        "The provider does not send from this number or name.",
        "Check `messaging_service_sid` or the signatory's `sms_sender` in config.yaml against the provider's console.",
    ),
    Reason.SENDER_NOT_REGISTERED: Explanation(
        "The networks there only take texts from registered senders, and this one is not registered.",
        "Register it in the provider's console, then resume.",
    ),
    Reason.SERVICE_UNKNOWN: Explanation(
        "The messaging service does not exist in this account, or has no sender for this.",
        "Check `messaging_service_sid` in config.yaml and the service's sender pool, then resume.",
    ),
    Reason.REGION_NOT_ALLOWED: Explanation(
        "The account is not permitted to send texts to this country.",
        "Permit it in the provider's console (geographic permissions), or take these numbers out; then resume.",
    ),
    Reason.CALLBACK_REFUSED: Explanation(
        "The provider does not accept our address for its reports.",
        "Set `public_url` in config.yaml to an https address that the provider can reach, then resume.",
    ),
    Reason.PROVIDER_SUPPRESSED: Explanation(
        "The provider keeps this address on a list of its own, after an earlier bounce, and sends nothing to it.",
        "Reach the person another way. If the address works, take it off the provider's list (docs/providers).",
    ),
    Reason.OPTED_OUT: Explanation(
        "The person told the provider to stop; the number is not written to again.",
        "Respect it. Only the person can undo it, with a text that says START.",
    ),
    Reason.NOT_MOBILE: Explanation("The number cannot receive texts: it is not a mobile.", _ADDRESS),
    Reason.PHONE_UNREACHABLE: Explanation(
        "The telephone was off or out of reach for too long.", "Reach the person another way, or send again later."
    ),
    Reason.CARRIER_BLOCKED: Explanation(
        "The network blocked the text, or the person blocks such texts.",
        "For one number nothing. For many: stop, and ask the provider; the networks take the letter for spam.",
    ),
    Reason.CARRIER_FILTERED: Explanation(
        "A spam filter of the network or the provider held the text back.",
        "For one number nothing. For many: stop, look at links and wording, and ask the provider.",
    ),
    Reason.FATE_UNKNOWN: Explanation(
        "The network did not say what became of the text: it may have arrived.",
        "Nothing for one number. It is not sent again, for the person might get it twice.",
    ),
    Reason.NOT_DELIVERED: Explanation(
        "The provider reports that it was not delivered.", "Look the provider's error up; reach the person another way."
    ),
    Reason.QUEUE_FULL: Explanation(
        "The provider had too many texts waiting for this sender and dropped it.",
        "Lower `pace` in config.yaml to what the sender may send, and reach these people again.",
    ),
    Reason.EXPIRED: Explanation(
        "It still waited at the provider when the recipient's quiet hours began, and was dropped.",
        "Lower `pace` in config.yaml to what the sender may send, and reach these people again in the morning.",
    ),
    Reason.QUIET_SOON: Explanation("The recipient's quiet hours were about to begin.", _WAIT),
    Reason.DISK_FULL: Explanation(
        "There is no room left for the outbox.", "Free some disk space; it is tried again by itself."
    ),
    Reason.NO_PERMISSION: Explanation(
        "The outbox folder cannot be written to.",
        "Give the user who runs broadcaster the right to write there, then resume.",
    ),
    Reason.WRITE_FAILED: Explanation("Writing to the outbox failed.", "See the detail; it is tried again by itself."),
}


def explain_code(code: str) -> Explanation:
    """Plain words for a receipt's `code`; a code of a newer version still gets a sentence."""
    try:
        return EXPLANATIONS[Reason(code)]
    except ValueError:
        return Explanation(f"The provider answered {code!r}.", "Look the code up in the documentation.")
