"""Reasons of a delivery's state that broadcaster itself gives.

A delivery may also have a `SuppressionReason`, or a reason that the provider gave (`providers.reasons`).
"""

from enum import StrEnum


class DeliveryReason(StrEnum):
    """Why a delivery is in its state.

    `person-…` is what staff found out or decided about an unsure delivery. `interrupted`: the process ended between
    handing over and writing down the answer. `unsure-resent` was queued again by `if_unsure: resend`; `resent-already`
    is held, because each is queued again once only.
    """

    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    OPTED_OUT = "opted-out"
    PERSON_ARRIVED = "person-arrived"
    PERSON_HOLD = "person-hold"
    PERSON_NOT_ARRIVED = "person-not-arrived"
    PERSON_RESEND = "person-resend"
    RESENT_ALREADY = "resent-already"
    SEAL_BROKEN = "seal-broken"
    UNSURE_RESENT = "unsure-resent"


UNSETTLED_REASONS = frozenset(
    {
        DeliveryReason.INTERRUPTED,
        DeliveryReason.PERSON_HOLD,
        DeliveryReason.RESENT_ALREADY,
        DeliveryReason.SEAL_BROKEN,
    }
)
"""Those that an unsure or held delivery may have."""
