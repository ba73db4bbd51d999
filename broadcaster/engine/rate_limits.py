"""Rate limits: the pace of each provider, which all processes of one machine keep together."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from broadcaster.domain.errors import BroadcasterError
from broadcaster.files.locks import file_lock

if TYPE_CHECKING:
    from pyrate_limiter import SQLiteBucket

BATCH_SECONDS = 5
"""A batch is at most this many seconds of its provider's pace, so that its check of the opt-outs is no older."""


class RateLimitError(BroadcasterError):
    """The pace shared with other processes cannot be read or written."""

    code = "pace-file"
    default_remedy = "Free space on the disk, make the folder writable, or delete the file: it is made anew."


class RateLimiter:
    """Grants the messages that each provider may be given now.

    `paces` holds (count, seconds) by provider: never more than `count` messages are granted within any `seconds`, over
    all processes of this machine that use the same `folder`. A provider without a pace has no limit.
    """

    def __init__(self, folder: Path, paces: Mapping[str, tuple[int, float]]) -> None:
        self._paces = {provider: _ProviderRateLimit(folder, provider, *pace) for provider, pace in paces.items()}

    def largest(self, provider: str, limit: int) -> int:
        """The largest batch to claim for this provider: `limit`, or less where its pace is slow; at least 1."""
        pace = self._paces.get(provider)
        return limit if pace is None else min(limit, pace.largest)

    def take(self, provider: str, messages: int) -> float:
        """Grant so many messages (at most `largest`) and return 0, or return the seconds to wait before asking again.

        What was granted and is not used is not given back. Raises RateLimitError when the shared file cannot be used,
        ValueError for more messages than could ever be granted at once.
        """
        pace = self._paces.get(provider)
        return 0.0 if pace is None or messages <= 0 else pace.take(messages)

    def close(self) -> None:
        """Close the shared files."""
        for pace in self._paces.values():
            pace.close()


class _ProviderRateLimit:
    """One provider's sliding window of grants, in an SQLite file that a file lock guards."""

    def __init__(self, folder: Path, provider: str, count: int, seconds: float) -> None:
        from pyrate_limiter import MonotonicClock, Rate

        self._file = folder / f"{provider}.db"
        self._rate = Rate(count, round(seconds * 1000))
        self.largest = max(1, min(count, int(count * BATCH_SECONDS / seconds)))
        # Monotonic: the same for all processes of a machine, and not changed when somebody sets the clock.
        self._clock = MonotonicClock()
        self._bucket: SQLiteBucket | None = None

    def take(self, messages: int) -> float:
        if messages > self.largest:
            raise ValueError(f"{messages} messages asked for at once; the pace allows {self.largest}")
        with self._locked_bucket() as bucket:
            # Read under the lock: a grant with the time from before the wait for it would leave the window too soon.
            now = self._clock.now()
            bucket.leak(now)
            wait = self._ask(bucket, now, messages)
            if wait > self._rate.interval + 1:
                # Grants from the future are from before the machine restarted: its monotonic clock began again.
                bucket.flush()
                wait = self._ask(bucket, now, messages)
        return wait / 1000

    @staticmethod
    def _ask(bucket: "SQLiteBucket", now: int, messages: int) -> int:
        """Milliseconds to wait; 0 when the messages were granted and counted."""
        from pyrate_limiter import RateItem

        item = RateItem("message", now, messages)
        # Buckets over a network answer with an awaitable; this one has the number at once.
        return 0 if bucket.put(item) else max(cast(int, bucket.waiting(item)), 1)

    def close(self) -> None:
        if self._bucket is not None:
            self._bucket.conn.close()
            self._bucket = None

    @contextmanager
    def _locked_bucket(self) -> Iterator["SQLiteBucket"]:
        """Yield the bucket, locked against other threads and processes.

        pyrate-limiter's own file lock needs one more library, and does not cover reading the clock.
        """
        try:
            with file_lock(self._file.with_suffix(".lock")):
                if self._bucket is None:
                    self._bucket = self._open()
                yield self._bucket
        except (OSError, sqlite3.Error) as error:
            raise RateLimitError(f"the shared pace cannot be kept: {error}", file=str(self._file)) from error

    def _open(self) -> "SQLiteBucket":
        from pyrate_limiter import SQLiteBucket

        bucket = SQLiteBucket.init_from_file([self._rate], db_path=str(self._file))
        # A grant need not survive a power cut, so nothing waits for the disk. After a kill the file is intact.
        bucket.conn.execute("PRAGMA synchronous=OFF").close()
        return bucket
