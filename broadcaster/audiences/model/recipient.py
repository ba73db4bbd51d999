"""One person on an audience, as everything above this room knows them."""

from collections.abc import Mapping
from typing import NamedTuple

from broadcaster.domain.contact.channels import Channel


class Recipient(NamedTuple):
    """One usable row of a roster. A named tuple, for a frozen dataclass takes three times as long to make.

    `row` counts as a spreadsheet does, the header being row 1. `email` is as it goes into an envelope (ASCII), `phone`
    is E.164. `fields` is what a letter sees as `recipient.<column>`: every column, cleaned, with the audience's
    defaults where the row is silent. `mark` is a 16-byte keyed digest of the row and those defaults.
    """

    row: int
    name: str
    email: str | None
    phone: str | None
    language: str
    channel: Channel | None
    timezone: str
    fields: Mapping[str, str]
    mark: bytes

    def __repr__(self) -> str:
        """The row alone: what is printed ends up in logs, and everything else here is somebody's own."""
        return f"Recipient(row={self.row})"
