"""The recent queries of one process to Twilio, so that it does not repeat them at once."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class RecentQueries:
    """`asked` is when each attempt in doubt was last asked after; `numbers` are those of the messaging service, as
    they were at `numbers_at`. Losing it costs some questions, and nothing else.
    """

    asked: dict[str, datetime] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()
    numbers_at: datetime | None = None
