"""The stand-in for a provider without credentials: it raises only when something is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.unsure_attempts import UnsureAttempt
from broadcaster.domain.errors import BroadcasterError
from broadcaster.providers.base import ProviderSession


@dataclass(frozen=True, slots=True)
class MissingProvider:
    """The provider of this name, which cannot be opened: `why` is raised instead."""

    name: str
    channel: Channel
    why: BroadcasterError

    @property
    def merges(self) -> bool:
        return False

    @property
    def batch_size(self) -> int | None:
        return None

    def open(self) -> ProviderSession:
        raise self.why

    def evidence(self, doubts: Sequence[UnsureAttempt]) -> Mapping[str, bool]:
        """Nothing: nobody can be asked."""
        del doubts
        return {}
