"""What Twilio's error codes mean for a message: two tables.

Source: Twilio's error dictionary, https://www.twilio.com/docs/api/errors; read in November 2026 but for those marked
(m), which are from memory. Twilio says that codes become finer over time; what is not listed is judged by its kind.
"""

from typing import NamedTuple

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.reasons import Reason


class AnswerErrorMeaning(NamedTuple):
    """What an error in the answer to a request makes of the message; `suppress` when the number is of no use."""

    outcome: Outcome
    reason: Reason
    suppress: bool = False


class ReportErrorMeaning(NamedTuple):
    """What an error in a later report says; `strikes` as in `Report`."""

    reason: Reason
    strikes: int = 0


_HALT, _NO, _LATER = Outcome.HALTED, Outcome.REFUSED, Outcome.LATER

ANSWER_ERRORS: dict[int, AnswerErrorMeaning] = {
    # our account: nobody else's message would fare better
    10001: AnswerErrorMeaning(_HALT, Reason.ACCOUNT_SUSPENDED),
    20002: AnswerErrorMeaning(
        _HALT, Reason.ACCOUNT_LIMITED
    ),  # (m) invalid friendly name of a trial; kept with its kind
    20003: AnswerErrorMeaning(_HALT, Reason.SIGN_IN_REFUSED),
    20005: AnswerErrorMeaning(_HALT, Reason.ACCOUNT_SUSPENDED),
    20006: AnswerErrorMeaning(_HALT, Reason.SIGN_IN_REFUSED),  # (m) access denied
    20008: AnswerErrorMeaning(_HALT, Reason.SIGN_IN_REFUSED),  # (m) test credentials
    20404: AnswerErrorMeaning(_HALT, Reason.SIGN_IN_REFUSED),  # the account in the address is not this one
    21608: AnswerErrorMeaning(_HALT, Reason.ACCOUNT_LIMITED),  # a trial account writes to verified numbers only
    30002: AnswerErrorMeaning(_HALT, Reason.ACCOUNT_SUSPENDED),
    63038: AnswerErrorMeaning(_HALT, Reason.ACCOUNT_LIMITED),  # the day's messages are used up
    90010: AnswerErrorMeaning(_HALT, Reason.ACCOUNT_SUSPENDED),
    # our sender or messaging service
    21212: AnswerErrorMeaning(_HALT, Reason.SENDER_NOT_ALLOWED),  # (m) not a valid From
    21267: AnswerErrorMeaning(_HALT, Reason.ACCOUNT_LIMITED),  # (m) a trial account has no alphanumeric sender
    21401: AnswerErrorMeaning(_HALT, Reason.SENDER_NOT_ALLOWED),
    21601: AnswerErrorMeaning(_HALT, Reason.SENDER_NOT_ALLOWED),
    21603: AnswerErrorMeaning(_HALT, Reason.SENDER_NOT_ALLOWED),  # neither From nor service
    21606: AnswerErrorMeaning(_HALT, Reason.SENDER_NOT_ALLOWED),
    21657: AnswerErrorMeaning(_HALT, Reason.SENDER_NOT_ALLOWED),
    21659: AnswerErrorMeaning(_HALT, Reason.SENDER_NOT_ALLOWED),
    21660: AnswerErrorMeaning(_HALT, Reason.SENDER_NOT_ALLOWED),
    21661: AnswerErrorMeaning(_HALT, Reason.SENDER_NOT_ALLOWED),  # (m) From cannot send texts
    21701: AnswerErrorMeaning(_HALT, Reason.SERVICE_UNKNOWN),  # (m) there is no such service
    21703: AnswerErrorMeaning(_HALT, Reason.SERVICE_UNKNOWN),  # (m) it has no numbers
    21704: AnswerErrorMeaning(_HALT, Reason.SERVICE_UNKNOWN),  # (m) it has no numbers for this
    21705: AnswerErrorMeaning(_HALT, Reason.SERVICE_UNKNOWN),
    30032: AnswerErrorMeaning(_HALT, Reason.SENDER_NOT_REGISTERED),  # (m) toll-free number not verified
    30034: AnswerErrorMeaning(_HALT, Reason.SENDER_NOT_REGISTERED),
    30042: AnswerErrorMeaning(_HALT, Reason.SENDER_NOT_ALLOWED),  # a generic name
    # our request
    21408: AnswerErrorMeaning(_HALT, Reason.REGION_NOT_ALLOWED),
    21609: AnswerErrorMeaning(_HALT, Reason.CALLBACK_REFUSED),
    21624: AnswerErrorMeaning(_HALT, Reason.MESSAGE_MALFORMED),  # ValidityPeriod; the same for all
    90007: AnswerErrorMeaning(_HALT, Reason.MESSAGE_MALFORMED),
    21602: AnswerErrorMeaning(_NO, Reason.MESSAGE_MALFORMED),  # (m) no Body
    21605: AnswerErrorMeaning(_NO, Reason.MESSAGE_TOO_LARGE),
    21617: AnswerErrorMeaning(_NO, Reason.MESSAGE_TOO_LARGE),
    21658: AnswerErrorMeaning(_NO, Reason.MESSAGE_TOO_LARGE),
    # this number
    21211: AnswerErrorMeaning(_NO, Reason.ADDRESS_MALFORMED, suppress=True),
    21265: AnswerErrorMeaning(_NO, Reason.ADDRESS_MALFORMED, suppress=True),  # (m) a short code
    21266: AnswerErrorMeaning(_NO, Reason.ADDRESS_REFUSED),  # (m) the sender itself
    21268: AnswerErrorMeaning(_NO, Reason.ADDRESS_REFUSED),  # (m) premium or information service
    21604: AnswerErrorMeaning(_NO, Reason.ADDRESS_MALFORMED),  # (m) no To
    21610: AnswerErrorMeaning(_NO, Reason.OPTED_OUT, suppress=True),
    21612: AnswerErrorMeaning(_NO, Reason.ADDRESS_REFUSED),  # no way from this sender to this number
    21614: AnswerErrorMeaning(_NO, Reason.NOT_MOBILE, suppress=True),
    21635: AnswerErrorMeaning(_NO, Reason.NOT_MOBILE, suppress=True),
    # too fast
    14107: AnswerErrorMeaning(_LATER, Reason.BUSY),  # (m) message rate limit
    20429: AnswerErrorMeaning(_LATER, Reason.BUSY),
    21611: AnswerErrorMeaning(_LATER, Reason.BUSY),  # the sender's queue is ten hours long
    30001: AnswerErrorMeaning(_LATER, Reason.BUSY),
    63017: AnswerErrorMeaning(_LATER, Reason.BUSY),
}

REPORT_ERRORS: dict[int, ReportErrorMeaning] = {
    # this number
    21211: ReportErrorMeaning(Reason.ADDRESS_MALFORMED, 1),
    21610: ReportErrorMeaning(Reason.OPTED_OUT, 1),
    21614: ReportErrorMeaning(Reason.NOT_MOBILE, 1),
    21635: ReportErrorMeaning(Reason.NOT_MOBILE, 1),
    30003: ReportErrorMeaning(Reason.PHONE_UNREACHABLE, 3),
    30005: ReportErrorMeaning(Reason.ADDRESS_UNKNOWN, 2),  # unknown to its network; wrong at times, so not at once
    30006: ReportErrorMeaning(Reason.NOT_MOBILE, 1),
    21612: ReportErrorMeaning(Reason.ADDRESS_REFUSED),
    # the network, and nobody's fault who reads us
    30004: ReportErrorMeaning(Reason.CARRIER_BLOCKED),
    30007: ReportErrorMeaning(Reason.CARRIER_FILTERED),
    30008: ReportErrorMeaning(Reason.FATE_UNKNOWN),
    30410: ReportErrorMeaning(
        Reason.FATE_UNKNOWN
    ),  # a network answered nothing; Twilio does not try again, lest it come twice
    # us
    30001: ReportErrorMeaning(Reason.QUEUE_FULL),
    30002: ReportErrorMeaning(Reason.ACCOUNT_SUSPENDED),
    30024: ReportErrorMeaning(Reason.SENDER_NOT_REGISTERED),
    30032: ReportErrorMeaning(Reason.SENDER_NOT_REGISTERED),  # (m)
    30034: ReportErrorMeaning(Reason.SENDER_NOT_REGISTERED),
    30036: ReportErrorMeaning(Reason.EXPIRED),
    30042: ReportErrorMeaning(Reason.SENDER_NOT_ALLOWED),
    21617: ReportErrorMeaning(Reason.MESSAGE_TOO_LARGE),
    63038: ReportErrorMeaning(Reason.ACCOUNT_LIMITED),
}

_NOT_DELIVERED = ReportErrorMeaning(Reason.NOT_DELIVERED)


def meaning_in_answer(status: int, code: int | None) -> AnswerErrorMeaning:
    """What a 3xx or 4xx with this error code makes of the message.

    An unknown code of the 20000s is about the account or the API, and so halts; every other unknown one may be about
    the number alone, and refuses just this message: when it is not, all of a batch are refused and that halts.
    """
    known = ANSWER_ERRORS.get(code) if code is not None else None
    if known is not None:
        return known
    if status == 429:
        return AnswerErrorMeaning(_LATER, Reason.BUSY)
    if status in {401, 403}:
        return AnswerErrorMeaning(_HALT, Reason.SIGN_IN_REFUSED)
    if status < 400 or status in {404, 405, 407, 410} or code is None:
        return AnswerErrorMeaning(_HALT, Reason.GARBLED)  # nobody who speaks this API answers so
    if 20000 <= code < 21000:
        return AnswerErrorMeaning(_HALT, Reason.ACCOUNT_LIMITED)
    return AnswerErrorMeaning(_NO, Reason.MESSAGE_REFUSED)


def meaning_in_report(code: int | None) -> ReportErrorMeaning:
    """What a later report of failure with this error code says; without a code nothing is known."""
    return REPORT_ERRORS.get(code, _NOT_DELIVERED) if code is not None else _NOT_DELIVERED
