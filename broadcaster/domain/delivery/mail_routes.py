"""Pipelining limits of mail servers that cannot do what they announce."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

LIMIT_KEPT_FOR = timedelta(days=30)
"""How long a limit is used. Servers are repaired, and finding a limit again costs one message a second try."""


class EnvelopePipelining(IntEnum):
    """How the commands of an envelope are grouped (RFC 2920), from the slowest way to the fastest."""

    ONE_BY_ONE = 0
    GROUP = 1  # MAIL, RCPT and DATA in one write, once the message before has its answer
    BEHIND_DOT = 2  # the same, in the write that ends the message before


@dataclass(frozen=True, slots=True)
class PipeliningLimit:
    """The fastest way that a server can follow, and since when that is known."""

    way: EnvelopePipelining
    since: datetime

    def is_current(self, moment: datetime) -> bool:
        """Whether the limit still applies."""
        return moment - self.since <= LIMIT_KEPT_FOR


def route_name(host: str, port: int) -> str:
    """The key of a route in the ledger."""
    return f"{host}:{port}"
