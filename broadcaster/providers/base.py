"""The shape that all providers share, and the few words they all need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.mail_routes import PipeliningLimit
from broadcaster.domain.delivery.outgoing_messages import Outgoing
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.delivery.reports import AcceptedAttempt, AddressReport, InboundText, Report
from broadcaster.domain.delivery.unsure_attempts import UnsureAttempt
from broadcaster.domain.errors import BroadcasterError
from broadcaster.providers.reasons import Reason

DeliveryProof = bool | Report


class ProviderSession(Protocol):
    """One worker's way to a provider. It keeps its connections between batches and belongs to one thread."""

    def send(self, batch: Sequence[Outgoing]) -> list[Receipt]:
        """Hand over `batch`; one receipt per message, in the batch's order. Never raises for a message."""
        ...

    def close(self) -> None:
        """Let the connections go. Closing twice does no harm."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class Provider(Protocol):
    """A service that takes messages of one channel."""

    @property
    def name(self) -> str: ...

    @property
    def channel(self) -> Channel: ...

    def open(self) -> ProviderSession:
        """A session for one worker. Opening touches neither disk nor network: only sending does."""
        ...

    @property
    def merges(self) -> bool:
        """Whether it fills gaps itself, and so is given an `OutgoingMerge` for each email."""
        ...

    @property
    def batch_size(self) -> int | None:
        """How many messages one call of `send` may hold, if that is for the provider to say."""
        ...

    def evidence(self, doubts: Sequence[UnsureAttempt]) -> Mapping[str, DeliveryProof]:
        """What the provider can prove of attempts in doubt, by delivery: True it was taken, False it was not, or a
        report on the attempt, which proves that it was taken and also says what became of it.

        A delivery that is missing from the answer stays in doubt. Never raises: who cannot ask, knows nothing.
        """
        ...


@dataclass(frozen=True, slots=True)
class HookRequest:
    """What somebody sent to a provider's hook, and says that the provider did.

    `url` is the whole address under which the provider knows the hook, with the query; `path` is what follows the
    provider's name in it ("", "status/abc"); `headers` have lower-case names; `body` is as it came.
    """

    url: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class HookRefusedError(BroadcasterError):
    """A request to a hook is not what it says it is, or cannot be read: nothing was changed.

    `status` is what it is answered with. The message is for our log, and holds nothing of the request.
    """

    code = "hook-refused"
    default_remedy = "If the provider sent it, compare its key and address with config.yaml; else somebody is trying."

    def __init__(self, message: str, *, status: int = 403) -> None:
        super().__init__(message)
        self.status = status


class WebhookProvider(Protocol):
    """A provider that reports back over HTTP."""

    def read(self, request: HookRequest) -> Sequence[Report | AddressReport | InboundText]:
        """What the request tells, once it has proved to be the provider's own and fresh. Raises HookRefusedError."""
        ...

    def answer(self, text: str) -> tuple[str, bytes]:
        """Content type and body that answer a request; `text` is sent back to who wrote to us, "" for nothing."""
        ...


@dataclass(frozen=True, slots=True)
class InboundTexts:
    """What people sent to us, the oldest first. `whole` says that nothing is missing for want of an answer."""

    texts: tuple[InboundText, ...]
    whole: bool


@runtime_checkable
class InboundTextProvider(Protocol):
    """A provider that keeps what people sent to our numbers, and can be asked for it."""

    def inbound(self, since: datetime) -> InboundTexts:
        """The texts that came since then, perhaps with earlier ones. Never raises."""
        ...

    def answer_back(self, text: InboundText, words: str) -> None:
        """Answer one of them, once, from the number that it was sent to. Never raises."""
        ...


@runtime_checkable
class StatusProvider(Protocol):
    """A provider that can be asked what became of what it took."""

    def fates(self, taken: Sequence[AcceptedAttempt]) -> list[Report] | None:
        """What it says of them, with the keys that its own reports have; None where it could not be asked. Never
        raises.
        """
        ...


@runtime_checkable
class LimitLearningProvider(Protocol):
    """A provider that finds out, while it sends, that the other side can do less than it says."""

    @property
    def limit_key(self) -> str:
        """The name under which that is kept."""
        ...

    def recall(self, limit: PipeliningLimit | None) -> None:
        """Go by what was found out before this process began."""
        ...

    def found_out(self) -> PipeliningLimit | None:
        """What was found out since the last call, if anything; from any thread."""
        ...


class ClosingSession:
    """Makes a session a context manager."""

    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()


def untried_receipt(delivery_id: str) -> Receipt:
    """The receipt of a message that was never handed over, because an earlier one halted its batch."""
    return Receipt(delivery_id, Outcome.UNTRIED, Reason.NOT_TRIED.value)


def wrong_channel_receipt(delivery_id: str) -> Receipt:
    """The receipt of a text given to a mail provider, or the other way round: a mistake in the wiring."""
    return Receipt(delivery_id, Outcome.HALTED, Reason.WRONG_CHANNEL.value, "message")
