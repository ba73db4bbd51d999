"""Why an address must not be written to: the reasons that a suppression may have."""

from enum import StrEnum


class SuppressionReason(StrEnum):
    """A reason of a suppression. What people choose by a letter's link is a preference.

    `by-hand` was noted by staff; `stop` was texted; `unsubscribed` and `complained` were said to the provider of email;
    `bounced` and `refused` are what mail servers, carriers and providers found out; `erased` is the right to erasure.
    """

    BY_HAND = "by-hand"
    STOP = "stop"
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"
    BOUNCED = "bounced"
    REFUSED = "refused"
    ERASED = "erased"
