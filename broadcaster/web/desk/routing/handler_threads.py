"""The threads in which the desk's handlers run, and how long their visitors wait.

Looking and acting have threads of their own, and so have stopping and deciding: whatever others do, somebody who wants
to pause, cancel, call off or approve finds one.
"""

from collections.abc import Callable
from contextlib import ExitStack
from copy import copy
from functools import partial, wraps
from typing import Any, Self

from litestar.handlers import HTTPRouteHandler

from broadcaster.services.access.permissions import Permission
from broadcaster.web.common.worker_threads import BusyError, LongWorkers, StillWorkingError
from broadcaster.web.desk.routing.route_permissions import PERMISSION_KEY

QUERY_SECONDS = 120.0
"""How long a page may be made. The longest is that of a campaign for a million people, all of whom are read."""

COMMAND_SECONDS = 600.0
"""How long something may be done: a roster of a million rows is read and written meanwhile."""

_STOPPING = frozenset({Permission.CONTROL, Permission.CALL_OFF})
_DECIDING = frozenset({Permission.APPROVE, Permission.REJECT})


class HandlerThreads:
    """All of them. A context manager; leaving it lets what runs come to its end, and drops what waits."""

    def __init__(self) -> None:
        self._looks = LongWorkers("desk-looks", 8, QUERY_SECONDS, BusyError)
        self._acts = LongWorkers("desk-acts", 8, COMMAND_SECONDS, StillWorkingError)
        self._stops = LongWorkers("desk-stops", 4, COMMAND_SECONDS, StillWorkingError)
        self._decisions = LongWorkers("desk-decisions", 4, COMMAND_SECONDS, StillWorkingError)

    def of(self, method: str, deed: Permission | None) -> LongWorkers:
        """Those for a request of this method to a route that is this deed."""
        if deed in _STOPPING:
            return self._stops  # the pages that ask whether one is sure as well
        if deed in _DECIDING:
            return self._decisions
        return self._looks if method == "GET" else self._acts

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        for workers in (self._looks, self._acts, self._stops, self._decisions):
            self._stack.enter_context(workers)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def run_in_threads(*handlers: HTTPRouteHandler) -> list[HTTPRouteHandler]:
    """Handlers of the desk; those that say that they block (`sync_to_thread=True`) are called in these threads."""
    return [_run_in_thread(one) if one.sync_to_thread else one for one in handlers]


def _run_in_thread(handler: HTTPRouteHandler) -> HTTPRouteHandler:
    waiting = copy(handler)
    waiting.sync_to_thread = None
    return waiting(_await_in_thread(handler.fn))


def _await_in_thread(blocking: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(blocking)
    async def wait(**given: Any) -> Any:  # Litestar names each argument
        visit = given["visit"]
        request = visit.request
        workers: LongWorkers = visit.desk.threads.of(request.method, request.route_handler.opt[PERMISSION_KEY])
        return await workers.do_for(visit.who, partial(blocking, **given))

    return wait
