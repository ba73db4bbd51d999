"""What Twilio's error codes mean for a message: two tables.

Source: Twilio's error dictionary, https://www.twilio.com/docs/api/errors; read in November 2026 but for those marked
(m), which are from memory. Twilio says that codes become finer over time; what is not listed is judged by its kind.
"""

from typing import NamedTuple

from broadcaster.domain.receipts import Outcome
from broadcaster.providers.reasons import Reason


class Finding(NamedTuple):
    """What an error in the answer to a request makes of the message; `suppress` when the number is of no use."""

    outcome: Outcome
    reason: Reason
    suppress: bool = False


class Fate(NamedTuple):
    """What an error in a later report says; `strikes` as in `Report`."""

    reason: Reason
    strikes: int = 0


_HALT, _NO, _LATER = Outcome.HALTED, Outcome.REFUSED, Outcome.LATER

ANSWERS: dict[int, Finding] = {
    # our account: nobody else's message would fare better
    10001: Finding(_HALT, Reason.ACCOUNT_SUSPENDED),
    20002: Finding(_HALT, Reason.ACCOUNT_LIMITED),  # (m) invalid friendly name of a trial; kept with its kind
    20003: Finding(_HALT, Reason.SIGN_IN_REFUSED),
    20005: Finding(_HALT, Reason.ACCOUNT_SUSPENDED),
    20006: Finding(_HALT, Reason.SIGN_IN_REFUSED),  # (m) access denied
    20008: Finding(_HALT, Reason.SIGN_IN_REFUSED),  # (m) test credentials
    20404: Finding(_HALT, Reason.SIGN_IN_REFUSED),  # the account in the address is not this one
    21608: Finding(_HALT, Reason.ACCOUNT_LIMITED),  # a trial account writes to verified numbers only
    30002: Finding(_HALT, Reason.ACCOUNT_SUSPENDED),
    63038: Finding(_HALT, Reason.ACCOUNT_LIMITED),  # the day's messages are used up
    90010: Finding(_HALT, Reason.ACCOUNT_SUSPENDED),
    # our sender or messaging service
    21212: Finding(_HALT, Reason.SENDER_NOT_ALLOWED),  # (m) not a valid From
    21267: Finding(_HALT, Reason.ACCOUNT_LIMITED),  # (m) a trial account has no alphanumeric sender
    21401: Finding(_HALT, Reason.SENDER_NOT_ALLOWED),
    21601: Finding(_HALT, Reason.SENDER_NOT_ALLOWED),
    21603: Finding(_HALT, Reason.SENDER_NOT_ALLOWED),  # neither From nor service
    21606: Finding(_HALT, Reason.SENDER_NOT_ALLOWED),
    21657: Finding(_HALT, Reason.SENDER_NOT_ALLOWED),
    21659: Finding(_HALT, Reason.SENDER_NOT_ALLOWED),
    21660: Finding(_HALT, Reason.SENDER_NOT_ALLOWED),
    21661: Finding(_HALT, Reason.SENDER_NOT_ALLOWED),  # (m) From cannot send texts
    21701: Finding(_HALT, Reason.SERVICE_UNKNOWN),  # (m) there is no such service
    21703: Finding(_HALT, Reason.SERVICE_UNKNOWN),  # (m) it has no numbers
    21704: Finding(_HALT, Reason.SERVICE_UNKNOWN),  # (m) it has no numbers for this
    21705: Finding(_HALT, Reason.SERVICE_UNKNOWN),
    30032: Finding(_HALT, Reason.SENDER_NOT_REGISTERED),  # (m) toll-free number not verified
    30034: Finding(_HALT, Reason.SENDER_NOT_REGISTERED),
    30042: Finding(_HALT, Reason.SENDER_NOT_ALLOWED),  # a generic name
    # our request
    21408: Finding(_HALT, Reason.REGION_NOT_ALLOWED),
    21609: Finding(_HALT, Reason.CALLBACK_REFUSED),
    21624: Finding(_HALT, Reason.MESSAGE_MALFORMED),  # ValidityPeriod; the same for all
    90007: Finding(_HALT, Reason.MESSAGE_MALFORMED),
    21602: Finding(_NO, Reason.MESSAGE_MALFORMED),  # (m) no Body
    21605: Finding(_NO, Reason.MESSAGE_TOO_LARGE),
    21617: Finding(_NO, Reason.MESSAGE_TOO_LARGE),
    21658: Finding(_NO, Reason.MESSAGE_TOO_LARGE),
    # this number
    21211: Finding(_NO, Reason.ADDRESS_MALFORMED, suppress=True),
    21265: Finding(_NO, Reason.ADDRESS_MALFORMED, suppress=True),  # (m) a short code
    21266: Finding(_NO, Reason.ADDRESS_REFUSED),  # (m) the sender itself
    21268: Finding(_NO, Reason.ADDRESS_REFUSED),  # (m) premium or information service
    21604: Finding(_NO, Reason.ADDRESS_MALFORMED),  # (m) no To
    21610: Finding(_NO, Reason.OPTED_OUT, suppress=True),
    21612: Finding(_NO, Reason.ADDRESS_REFUSED),  # no way from this sender to this number
    21614: Finding(_NO, Reason.NOT_MOBILE, suppress=True),
    21635: Finding(_NO, Reason.NOT_MOBILE, suppress=True),
    # too fast
    14107: Finding(_LATER, Reason.BUSY),  # (m) message rate limit
    20429: Finding(_LATER, Reason.BUSY),
    21611: Finding(_LATER, Reason.BUSY),  # the sender's queue is ten hours long
    30001: Finding(_LATER, Reason.BUSY),
    63017: Finding(_LATER, Reason.BUSY),
}

REPORTS: dict[int, Fate] = {
    # this number
    21211: Fate(Reason.ADDRESS_MALFORMED, 1),
    21610: Fate(Reason.OPTED_OUT, 1),
    21614: Fate(Reason.NOT_MOBILE, 1),
    21635: Fate(Reason.NOT_MOBILE, 1),
    30003: Fate(Reason.PHONE_UNREACHABLE, 3),
    30005: Fate(Reason.ADDRESS_UNKNOWN, 2),  # unknown to its network; wrong at times, so not at once
    30006: Fate(Reason.NOT_MOBILE, 1),
    21612: Fate(Reason.ADDRESS_REFUSED),
    # the network, and nobody's fault who reads us
    30004: Fate(Reason.CARRIER_BLOCKED),
    30007: Fate(Reason.CARRIER_FILTERED),
    30008: Fate(Reason.FATE_UNKNOWN),
    30410: Fate(Reason.FATE_UNKNOWN),  # a network answered nothing; Twilio does not try again, lest it come twice
    # us
    30001: Fate(Reason.QUEUE_FULL),
    30002: Fate(Reason.ACCOUNT_SUSPENDED),
    30024: Fate(Reason.SENDER_NOT_REGISTERED),
    30032: Fate(Reason.SENDER_NOT_REGISTERED),  # (m)
    30034: Fate(Reason.SENDER_NOT_REGISTERED),
    30036: Fate(Reason.EXPIRED),
    30042: Fate(Reason.SENDER_NOT_ALLOWED),
    21617: Fate(Reason.MESSAGE_TOO_LARGE),
    63038: Fate(Reason.ACCOUNT_LIMITED),
}

_NOT_DELIVERED = Fate(Reason.NOT_DELIVERED)


def answered(status: int, code: int | None) -> Finding:
    """What a 3xx or 4xx with this error code makes of the message.

    An unknown code of the 20000s is about the account or the API, and so halts; every other unknown one may be about
    the number alone, and refuses just this message: when it is not, all of a batch are refused and that halts.
    """
    known = ANSWERS.get(code) if code is not None else None
    if known is not None:
        return known
    if status == 429:
        return Finding(_LATER, Reason.BUSY)
    if status in {401, 403}:
        return Finding(_HALT, Reason.SIGN_IN_REFUSED)
    if status < 400 or status in {404, 405, 407, 410} or code is None:
        return Finding(_HALT, Reason.GARBLED)  # nobody who speaks this API answers so
    if 20000 <= code < 21000:
        return Finding(_HALT, Reason.ACCOUNT_LIMITED)
    return Finding(_NO, Reason.MESSAGE_REFUSED)


def reported(code: int | None) -> Fate:
    """What a later report of failure with this error code says; without a code nothing is known."""
    return REPORTS.get(code, _NOT_DELIVERED) if code is not None else _NOT_DELIVERED
