"""A clock that tests set: what services and ledger read, here or in a process of its own. It goes on from there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from broadcaster.ledger.database import column_types
from broadcaster.services.project import project


class Clock:
    """The clock of the services and the ledger, an offset away from the real one."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def set(self, moment: datetime) -> None:
        """From now on it is this moment (aware), and time goes on."""
        self._offset = moment - datetime.now(UTC)

    def reading(self) -> datetime:
        """What it shows."""
        return datetime.now(UTC) + self._offset

    def advance(self, by: timedelta) -> None:
        self._offset += by

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Make the services read this clock until the patch is undone."""
        clock = self

        class Shifted(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # a plain datetime is enough
                return datetime.now(tz or UTC) + clock._offset

        for room in (project, column_types):
            patch.setattr(room, "datetime", Shifted)


@contextmanager
def at(moment: datetime) -> Iterator[Clock]:
    """That clock set to this moment for the length of a block."""
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock()
        clock.set(moment)
        clock.install(patch)
        yield clock
