"""A broadcast while it goes out: the part of its page that changes, sent again whenever it is another one."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import ServerSentEvent, ServerSentEventMessage

from broadcaster.domain.states import BroadcastState
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.services.access import sessions
from broadcaster.services.access.permissions import Permission, can_see, has_permission
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.reporting.progress import ProgressEstimator
from broadcaster.web.common.worker_threads import BusyError
from broadcaster.web.desk.requests.cookies import session_cookie
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.route_permissions import requires

LIVE_SECONDS = 120
"""How long one stream lasts; a browser then asks for the next, so that a forgotten page costs little."""

MAX_STREAMS = 50
"""Pages that may be live at a time; whoever comes then sees the page as it is when it is loaded."""

MAX_STREAMS_EACH = 6
"""The same for one person: enough for the windows that anybody keeps open, and nobody takes them all."""

RECHECK_SECONDS = 10
"""Seconds after which somebody's session and rights are looked at once more."""

_PACE = ProgressEstimator()
_open: Counter[str] = Counter()
"""Streams that are open, by person; changed on the one loop only."""


@get("/broadcasts/{broadcast_id:str}/live", opt=requires(Permission.LOOK))
async def stream_progress(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> ServerSentEvent:
    """The part of the page that changes, again whenever it has changed."""
    found = await visit.desk.workers.run(lambda: visit.broadcast(broadcast_id))
    if _open.total() >= MAX_STREAMS or _open[visit.who] >= MAX_STREAMS_EACH:
        raise BusyError
    # What the page said when it was loaded, or what this stream said before it broke off.
    heard = visit.request.headers.get("Last-Event-ID") or visit.asked("heard")
    return ServerSentEvent(_stream_changes(visit, found, heard))


ROUTES = (stream_progress,)


def progress_values(visit: Visit, found: Broadcast) -> dict[str, Any]:
    """What that part is made of."""
    at = broadcast_status.get_broadcast_status(visit.view, found)
    return {"at": at, "progress": _PACE.progress(at), "moving": at.broadcast.state not in _ENDED_STATES}


def news_mark(visit: Visit, values: dict[str, Any]) -> str:
    """A short mark of what is read out now, by which the stream tells what its page has said already."""
    return _hash_news(visit.part("broadcast-news", **values))


def _hash_news(news: str) -> str:
    return hashlib.sha256(news.encode()).hexdigest()[:16]


_ENDED_STATES = frozenset({BroadcastState.FINISHED, BroadcastState.CANCELLED})


async def _stream_changes(visit: Visit, found: Broadcast, heard: str) -> AsyncIterator[ServerSentEventMessage]:
    """The changing part, each time it is another one, and the news for those who do not see it, but for what they have
    `heard`; ends with the broadcast, or with their right to see it.
    """
    with _count_stream(visit.who):
        before: dict[str, str] = {}
        told = heard
        for second in range(LIVE_SECONDS):
            events = await visit.desk.workers.run(lambda second=second: _current_events(visit, found, second))  # type: ignore[misc]
            news = _hash_news(events.get("news", ""))
            # Whoever has just loaded the page heard from it what is so now, unless it says otherwise.
            told = told or ("" if "over" in events else news)
            for event, text in events.items():
                if told != news if event == "news" else before.get(event) != text:
                    yield ServerSentEventMessage(data=text, event=event, id=news)
            told = news
            if "over" in events:
                return  # it was told, or the browser would come again at once
            before = events
            await asyncio.sleep(1)


@contextmanager
def _count_stream(who: str) -> Iterator[None]:
    _open[who] += 1
    try:
        yield
    finally:
        _open[who] -= 1


def _current_events(visit: Visit, found: Broadcast, second: int) -> dict[str, str]:
    """What to say now, by event."""
    if second % RECHECK_SECONDS == RECHECK_SECONDS - 1 and not _may_still_see(visit, found):
        return {"over": ""}
    values = progress_values(visit, found)
    events = {"progress": visit.part("broadcast-progress", **values), "news": visit.part("broadcast-news", **values)}
    return events if values["moving"] else events | {"over": ""}


def _may_still_see(visit: Visit, found: Broadcast) -> bool:
    """Whether they are signed in still, and may see it by what config.yaml says now."""
    project = visit.desk.current()
    secret = visit.request.cookies.get(session_cookie(project), "")
    who = sessions.find_signed_in_person(project, secret)
    if who is None or who != visit.who or not has_permission(project.settings, who, Permission.LOOK):
        return False
    return can_see(project.settings, who, broadcast_status.audiences_of_broadcast(project, found))
