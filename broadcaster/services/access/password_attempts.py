"""How often a password may be tried, and how long one waits after too many tries.

They are counted in rounds of `ATTEMPTS_PER_ROUND`. After each round that is used up there is a wait, twice as long as
the one before; after an hour of quiet the count begins anew. A round that is not used up within a minute is forgotten.
"""

from datetime import datetime, timedelta

from broadcaster.domain.errors import BroadcasterError
from broadcaster.ledger.staff.accounts import PasswordTries

ATTEMPTS_PER_ROUND = 10
"""Passwords that may be tried in a minute: whoever has forgotten theirs needs fewer, and a guess among the passwords
that are allowed needs far more. All processes count together.
"""

ROUND_LENGTH = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=15)
RESET_AFTER = timedelta(hours=1)


class TooManyTriesError(BroadcasterError):
    """So many tries at one name are nobody who has forgotten a password. `seconds` is how long to wait."""

    code = "too-many-tries"
    default_remedy = "Wait a few minutes, and try again."

    def __init__(self, seconds: int) -> None:
        super().__init__("There were too many tries for this name.")
        self.seconds = seconds


def refuse_too_many_attempts(before: PasswordTries, moment: datetime) -> None:
    """Raise TooManyTriesError while there may be no more."""
    rounds, used = divmod(before.n, ATTEMPTS_PER_ROUND)
    if rounds and not used:
        wait = min(LONGEST_WAIT, ROUND_LENGTH * 2 ** min(rounds - 1, 10))
        left = before.began_at + wait - moment
        if timedelta(0) < left < wait + ROUND_LENGTH:  # more than that: the clock was wrong when it was written
            raise TooManyTriesError(int(left.total_seconds()) + 1)


def count_attempt(before: PasswordTries, moment: datetime) -> PasswordTries:
    """The count with one more try at this moment. Raises TooManyTriesError."""
    refuse_too_many_attempts(before, moment)
    rounds, used = divmod(before.n, ATTEMPTS_PER_ROUND)
    if moment - before.began_at >= RESET_AFTER:
        rounds, used = 0, 0
    elif moment - before.began_at >= ROUND_LENGTH:
        used = 0
    begins_or_ends = used in (0, ATTEMPTS_PER_ROUND - 1)
    return PasswordTries(rounds * ATTEMPTS_PER_ROUND + used + 1, moment if begins_or_ends else before.began_at)
