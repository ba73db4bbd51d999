"""How far a broadcast has come, and how long it will take: told only once it has been measured."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from broadcaster.domain.states import OPEN_STATES, BroadcastState
from broadcaster.services.project import now
from broadcaster.services.status import Standing

_WINDOW = timedelta(seconds=30)
_AT_LEAST = timedelta(seconds=2)
_REMEMBERED = 200


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `whole` messages need nothing more; `left` is how long the others will take, None while unknown."""

    done: int
    whole: int
    left: timedelta | None


class Pace:
    """Remembers how broadcasts came on lately, for as long as somebody looks. Safe to share between threads."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, list[tuple[float, int]]] = OrderedDict()
        self._guard = Lock()

    def progress(self, at: Standing) -> Progress:
        """How far it is, by what was seen in the last half minute."""
        whole = sum(at.deliveries.values())
        waiting = sum(at.deliveries.get(state.value, 0) for state in OPEN_STATES)
        done = whole - waiting
        moment = now().timestamp()
        with self._guard:
            seen = [one for one in self._seen.pop(at.broadcast.id, []) if moment - one[0] <= _WINDOW.total_seconds()]
            seen.append((moment, done))
            self._seen[at.broadcast.id] = seen
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        since, before = seen[0]
        gone = moment - since
        moving = at.broadcast.state is BroadcastState.SENDING and waiting and done > before
        if not moving or gone < _AT_LEAST.total_seconds():
            return Progress(done, whole, None)
        free = waiting - sum(n for n, _ in at.waits)  # those who sleep are not waited for
        return Progress(done, whole, timedelta(seconds=max(1.0, free * gone / (done - before))))
