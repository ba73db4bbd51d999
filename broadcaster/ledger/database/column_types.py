"""Column types for times, the same on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, String
from sqlalchemy.types import TypeDecorator, TypeEngine

from broadcaster.domain.local_time import walltime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970 in UTC of an aware `datetime`, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware UTC `datetime` of so many microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=micros)


def now_utc() -> datetime:
    """The current time in UTC, for timestamps of rows."""
    return datetime.now(UTC)


class MomentType(TypeDecorator[datetime]):
    """An instant: a UTC-aware `datetime`, stored as whole microseconds since 1970, so that no database converts it."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (as above)
        return None if value is None else from_micros(value)


class WallTimeType(TypeDecorator[datetime]):
    """A wall time: a naive `datetime`, stored as text (`walltime.key`). It is never converted to UTC."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (as above)
        return None if value is None else walltime.key(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (as above)
        return None if value is None else walltime.parse(value)


RowNumberType: TypeEngine[Any] = BigInteger().with_variant(Integer(), "sqlite")
"""A key that counts up. SQLite assigns row numbers only to a column of type INTEGER."""
