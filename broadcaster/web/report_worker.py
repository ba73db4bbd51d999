"""The one thread that applies what the hooks stored, so that providers never wait for it."""

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.unexpected_error import unforeseen_error

RETRY_SECONDS = 5.0
"""Seconds after which it is tried again when the ledger could not be written."""

STOP_SECONDS = 10.0
"""Seconds for which an end waits for what is being applied; it is done in steps, and the next start goes on."""

_log = logging.getLogger(__name__)


class ReportWorker:
    """Calls `apply` after each `wake`, once for as many wakes as came meanwhile. A context manager."""

    def __init__(self, apply: Callable[[], object]) -> None:
        self._apply = apply
        self._wanted = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="applying", daemon=True)

    def wake(self) -> None:
        """Say that something was stored. Safe to call from any thread."""
        self._wanted.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._wanted.wait()
            self._wanted.clear()
            if self._ended.is_set() or self._once():
                continue
            self._ended.wait(RETRY_SECONDS)
            self._wanted.set()

    def _once(self) -> bool:
        """Apply what there is; False when that has to be tried again."""
        try:
            self._apply()
        except BroadcasterError as error:
            _log.warning("What providers reported waits to be applied: %s [%s]", error.message, error.code)
            return False
        except Exception as error:
            _log.error("%s", unforeseen_error(error).message)
            return False
        return True

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._wanted.set()
        self._thread.join(STOP_SECONDS)
