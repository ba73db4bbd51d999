"""How a mail server on our way can be talked to, where that is less than it says."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

LIMIT_KEPT_FOR = timedelta(days=30)
"""How long a route is spared what its server could not do: servers are mended, and finding out costs one message a
second try.
"""


class EnvelopePipelining(IntEnum):
    """How a message's envelope is said (RFC 2920), from the slowest way to the quickest."""

    ONE_BY_ONE = 0
    GROUP = 1  # MAIL, RCPT and DATA in one write, once the message before has its answer
    BEHIND_DOT = 2  # the same, in the write that ends the message before


@dataclass(frozen=True, slots=True)
class PipeliningLimit:
    """The quickest way that a route's server can follow, and since when that is known."""

    way: EnvelopePipelining
    since: datetime

    def is_current(self, moment: datetime) -> bool:
        """Whether it is still to be gone by."""
        return moment - self.since <= LIMIT_KEPT_FOR


def route_name(host: str, port: int) -> str:
    """How a route is called where something is remembered of it."""
    return f"{host}:{port}"
