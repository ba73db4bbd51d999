"""Topics of mail servers' answers."""

from enum import Enum, auto


class AnswerTopic(Enum):
    """The topic of an answer. Of two with the same weight, the first one here counts."""

    BLOCKLISTED = auto()  # our server is on a blocklist, or of bad repute
    AUTHENTICATION = auto()  # SPF, DKIM, DMARC
    REVERSE_NAME = auto()  # our server's name, PTR, greeting
    RATE = auto()  # too much at once, try later
    CONTENT = auto()  # spam, virus, what the letter holds
    SENDER = auto()  # the address that it is from
    RELAY = auto()
    TLS = auto()
    SIZE = auto()
    FORM = auto()  # against a rule of the protocol
    POLICY = auto()  # some rule of theirs, an unnamed one
    SYSTEM = auto()  # what is the matter with a server on the way
    FULL = auto()
    ASLEEP = auto()  # suspended for a while
    CLOSED = auto()  # the mailbox is switched off for good
    NO_ROUTE = auto()  # the domain's servers are not found or not reached
    NO_DOMAIN = auto()
    NO_USER = auto()
