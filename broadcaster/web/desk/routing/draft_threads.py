"""Pages for which letters are made, in threads of their own: whatever a letter holds, pause, cancel and approve, which
have others, are answered.
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from litestar import Response

Handler = Callable[..., Response[Any]]


def in_draft_threads(handler: Handler) -> Callable[..., Any]:
    """The handler, called in those threads, one at a time for each person."""
    return _one_per_person(handler, "")


def newest_in_draft_threads(handler: Handler) -> Callable[..., Any]:
    """The same for what is asked again and again while somebody types: a newer one takes the place of what waits."""
    return _one_per_person(handler, handler.__name__)


def _one_per_person(handler: Handler, newest: str) -> Callable[..., Any]:
    @wraps(handler)
    async def wait(**given: Any) -> Response[Any]:  # Litestar names each argument
        visit = given["visit"]
        answer: Response[Any] = await visit.desk.drafts.do_for(visit.who, partial(handler, **given), newest)
        return answer

    return wait
