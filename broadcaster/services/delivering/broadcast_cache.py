"""The cache of broadcast contexts: each broadcast that is being sent is read once in a process."""

import logging
import threading
from collections.abc import Sequence

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.ledger import Connection
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.services.composing.links import LinkMaker
from broadcaster.services.delivering.broadcast_context import BroadcastContext, load_broadcast_context
from broadcaster.services.feedback.halt import halt_broadcast
from broadcaster.services.project.ledger_retry import LEDGER_UNAVAILABLE_ERRORS
from broadcaster.services.project.project import Project

_log = logging.getLogger(__name__)


class BroadcastCache:
    """Contexts of the broadcasts that are being sent, or of `only` that one. The workers of a process share it."""

    def __init__(self, project: Project, only: str | None = None) -> None:
        self._project = project
        self._only = only
        self._links = LinkMaker(project.settings.public_url, project.keyring)
        self._contexts: dict[str, BroadcastContext] = {}
        self._lock = threading.Lock()

    def list_sending(self, conn: Connection) -> list[BroadcastContext]:
        """Contexts of the broadcasts in state `sending`.

        A broadcast that cannot be read is halted and left out, so that the others go on. Raises what says that the
        ledger is unavailable.
        """
        sending = [id_ for id_ in broadcasts.list_sending_ids(conn) if self._only in (None, id_)]
        self._forget_others(sending)
        contexts = map(self._load_or_halt, sending)
        return [context for context in contexts if context is not None]

    def _forget_others(self, sending: Sequence[str]) -> None:
        """Forget what is no longer sent: `serve` runs for weeks."""
        with self._lock:
            for id_ in self._contexts.keys() - set(sending):
                del self._contexts[id_]

    def _load_or_halt(self, broadcast_id: str) -> BroadcastContext | None:
        try:
            return self._load(broadcast_id)
        except LEDGER_UNAVAILABLE_ERRORS:
            raise
        except Exception as error:
            fault = error if isinstance(error, BroadcasterError) else unforeseen_error(error)
            _log.error("Broadcast %s: %s [%s]", broadcast_id, fault.message, fault.code)
            with self._project.ledger.writing() as conn:
                halt_broadcast(conn, broadcast_id, fault.code, fault.message)
            return None

    def _load(self, broadcast_id: str) -> BroadcastContext:
        with self._lock:
            if broadcast_id not in self._contexts:
                self._contexts[broadcast_id] = load_broadcast_context(self._project, broadcast_id, self._links)
            return self._contexts[broadcast_id]
