"""Provider sessions: each worker thread opens its own, for a session's connections belong to one thread."""

import threading
from functools import partial

from broadcaster.ledger.delivery import mail_route_limits
from broadcaster.providers.base import LimitLearningProvider, Provider, ProviderSession
from broadcaster.services.project.ledger_retry import retry_ledger
from broadcaster.services.project.project import ProjectView


class ProviderSessions:
    """Opens a session when a thread first needs it, and keeps it until that thread closes its sessions."""

    def __init__(self, project: ProjectView) -> None:
        self._project = project
        self._of_thread = threading.local()

    def get(self, provider: Provider) -> ProviderSession:
        """The calling thread's session with this provider."""
        sessions = vars(self._of_thread)
        key = f"{provider.name}-{provider.channel}"
        if key not in sessions:
            retry_ledger(partial(self._recall_limit, provider))
            sessions[key] = provider.open()
        session: ProviderSession = sessions[key]
        return session

    def close(self) -> None:
        """Close the calling thread's sessions."""
        sessions = vars(self._of_thread)
        for session in sessions.values():
            session.close()
        sessions.clear()

    def _recall_limit(self, provider: Provider) -> None:
        """Tell the provider which limit of its server an earlier session found."""
        if isinstance(provider, LimitLearningProvider):
            with self._project.ledger.reading() as conn:
                provider.recall(mail_route_limits.get(conn, provider.limit_key))
