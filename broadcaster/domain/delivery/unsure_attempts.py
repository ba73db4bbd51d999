"""Unsure attempts: a provider is asked about those whose answer was lost."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from broadcaster.domain.delivery.outgoing_messages import Outgoing


@dataclass(frozen=True, slots=True)
class UnsureAttempt:
    """An attempt that may or may not have been taken. `began` is when it was written down.

    `message()` makes what was handed over once more, for a provider that has to compare; it costs, so only those that
    need it call it. None when it cannot be made any more (its person was erased).
    """

    delivery_id: str
    attempt_id: str
    began: datetime
    message: Callable[[], Outgoing | None]
