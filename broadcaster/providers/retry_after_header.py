"""The Retry-After header: when an HTTP provider may be asked again. Reads only this machine's clock."""

import re
import time
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
"""Whole ones are in the standard; some providers tell of parts."""

_LONGEST = 999_999_999.0
"""Half a lifetime: beyond it no moment can be reckoned."""


def seconds_to_wait(retry_after: str, date: str = "") -> float | None:
    """Seconds from now that a Retry-After header asks for, 0 where that is over; None when it says nothing that is
    understood (RFC 9110 section 10.2.3).

    It may name a moment, by the provider's clock: that is told by the answer's `Date`, and may differ from ours.
    """
    text = retry_after.strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), _LONGEST)
    at = parse_http_date(text)
    return None if at is None else min(max(0.0, at - provider_clock(date)), _LONGEST)


def provider_clock(date: str) -> float:
    """What time the provider has, in seconds since 1970; ours where it does not tell."""
    told = parse_http_date(date)
    return time.time() if told is None else told


def parse_http_date(text: str) -> float | None:
    """An HTTP date, in seconds since 1970; None for what is none."""
    try:
        return parsedate_to_datetime(text.strip()).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
