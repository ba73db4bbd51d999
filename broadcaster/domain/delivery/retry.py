"""The decision on a delivery after an attempt: settled, retried or given up.

The functions are pure: the caller passes `now` and `jitter`, so that every decision can be repeated from the ledger.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.states import DeliveryState

FIRST_WAIT = timedelta(seconds=30)
"""The longest first wait: a dropped connection is often back within it. It doubles with each try."""

LONGEST_WAIT = timedelta(hours=2)
"""The longest wait, so that a mailbox that is full in the morning is tried again on the same day."""

SHORTEST_WAIT = timedelta(seconds=5)
"""The shortest wait, for full jitter may draw zero, and an immediate retry would meet the same refusal."""

MOST_TRIES = 24
"""Attempts at most: about seventeen hours with these waits. Some providers count each one against the sender."""

LONGEST_AGE = timedelta(hours=24)
"""Retries end after this time. A reassurance that comes a day late reads like new bad news, so a person decides."""


@dataclass(frozen=True, slots=True)
class AttemptHistory:
    """How often a delivery has been tried: `number` counts this attempt, from 1; `since` is when the first one began.

    Without `since` only the number of tries ends the trying.
    """

    number: int
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Try again, not before `at`."""

    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """No more tries; `code` is the reason to record, `gave-up-` and what the provider last said."""

    code: str


@dataclass(frozen=True, slots=True)
class AttemptDecision:
    """What a delivery becomes: its state, the reason code ("" where none is due) and, where queued, from when on."""

    state: DeliveryState
    reason: str = ""
    due_at: datetime | None = None


def decide_retry(receipt: Receipt, tried: AttemptHistory, now: datetime, jitter: float) -> RetryAt | GiveUp:
    """Whether and when an attempt that was put off is made again.

    Waits grow exponentially with full jitter (a random share, `jitter` in [0, 1), of the longest wait of that try), so
    that a thousand deliveries put off together do not come back together. A time named by the provider is a floor
    beneath that. Raises `ValueError` for a jitter outside [0, 1) or a number below 1.
    """
    if not 0 <= jitter < 1 or tried.number < 1:
        raise ValueError("jitter is in [0, 1) and tries are counted from 1")
    asked = max(0.0, receipt.retry_after or 0.0)
    # Compared as seconds first: a provider may ask for more seconds than a timedelta can hold.
    if tried.number >= MOST_TRIES or asked > LONGEST_AGE.total_seconds():
        return _give_up(receipt)
    # 2 ** 16 first waits are far beyond the longest one; larger powers would only overflow.
    ceiling = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(tried.number - 1, 16))
    at = now + timedelta(seconds=asked) + max(SHORTEST_WAIT, ceiling * jitter)
    if tried.since is not None and at - tried.since > LONGEST_AGE:
        return _give_up(receipt)
    return RetryAt(at)


_SETTLED = {
    Outcome.ACCEPTED: DeliveryState.ACCEPTED,
    Outcome.REFUSED: DeliveryState.REFUSED,
    Outcome.UNSURE: DeliveryState.UNSURE,
}
"""What is settled by the outcome alone. Halted and untried ones go back into the queue; later ones are decided on."""


def settle_attempt(receipt: Receipt, tried: AttemptHistory, now: datetime, jitter: float) -> AttemptDecision:
    """What the delivery becomes after this receipt. Raises as `decide_retry`."""
    if receipt.outcome is Outcome.LATER:
        decision = decide_retry(receipt, tried, now, jitter)
        if isinstance(decision, RetryAt):
            return AttemptDecision(DeliveryState.QUEUED, receipt.code, decision.at)
        return AttemptDecision(DeliveryState.REFUSED, decision.code)
    state = _SETTLED.get(receipt.outcome)
    if state is None:
        return AttemptDecision(DeliveryState.QUEUED, receipt.code, now)
    # Whoever reads a refusal or a doubt wants a reason, even where the provider named none.
    return AttemptDecision(state, receipt.code or ("" if state is DeliveryState.ACCEPTED else state.value))


def _give_up(receipt: Receipt) -> GiveUp:
    return GiveUp(f"gave-up-{receipt.code}" if receipt.code else "gave-up")
