"""The states of deliveries, broadcasts, occurrences and approvals."""

from enum import StrEnum


class DeliveryState(StrEnum):
    """The state of one message to one person.

    `queued` waits; `sending` has an attempt written down; `accepted` was taken by the provider; `delivered`,
    `bounced` and `complained` are what the provider reported later; `refused` was turned down for good; `skipped`
    was never tried, for a reason; `unsure` may or may not have been taken; `held` waits for a person.
    """

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    REFUSED = "refused"
    SKIPPED = "skipped"
    UNSURE = "unsure"
    HELD = "held"


OPEN_STATES = frozenset({DeliveryState.QUEUED, DeliveryState.SENDING})
"""A broadcast with a delivery in one of these is not finished."""


class BroadcastState(StrEnum):
    """The state of a released occurrence. Only `sending` hands out deliveries."""

    RELEASING = "releasing"
    SENDING = "sending"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class OccurrenceState(StrEnum):
    """The state of one planned time of a campaign.

    `planned` lies ahead; `waiting` is due but lacks something a person must give (`reason` says what: an approval, a
    word about lateness); `released` became a broadcast; `skipped` will not go out.
    """

    PLANNED = "planned"
    WAITING = "waiting"
    RELEASED = "released"
    SKIPPED = "skipped"


class ApprovalState(StrEnum):
    """The state of an approval. `void` means that what was signed has changed since."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    VOID = "void"


OPEN_APPROVALS = frozenset({ApprovalState.SUBMITTED, ApprovalState.APPROVED})
"""States of an approval that was neither rejected nor made void."""
