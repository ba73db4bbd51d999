"""Texts by Twilio's Messages API (https://www.twilio.com/docs/messaging/api), and what it reports back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from broadcaster.domain.channels import Channel
from broadcaster.domain.reports import InboundText, Report, Taken
from broadcaster.domain.unsure import InDoubt
from broadcaster.providers.base import Heard, HookRequest, Proof
from broadcaster.providers.twilio import hooks, inbound_polling, status_polling
from broadcaster.providers.twilio.account import Line, TwilioAccount
from broadcaster.providers.twilio.evidence import ask
from broadcaster.providers.twilio.recent import Memory
from broadcaster.providers.twilio.session import TwilioSession

__all__ = ["Line", "Twilio", "TwilioAccount", "TwilioSession"]


@dataclass(frozen=True, slots=True)
class Twilio:
    """The account that texts go out by."""

    account: TwilioAccount
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    @property
    def name(self) -> str:
        return "twilio"

    @property
    def channel(self) -> Channel:
        return Channel.SMS

    @property
    def merges(self) -> bool:
        return False

    @property
    def batch_size(self) -> int | None:
        return None

    def open(self) -> TwilioSession:
        return TwilioSession(self.account)

    def evidence(self, doubts: Sequence[InDoubt]) -> Mapping[str, Proof]:
        """Reports on those that Twilio lists as taken. Never False: what it does not list it may list later."""
        return ask(self.account, self.memory, doubts)

    def fates(self, taken: Sequence[Taken]) -> list[Report] | None:
        return status_polling.follow(self.account, taken)

    def inbound(self, since: datetime) -> Heard:
        """What came to the account's numbers and those of its messaging service."""
        return inbound_polling.hear(self.account, self.memory, since)

    def answer_back(self, text: InboundText, words: str) -> None:
        inbound_polling.answer_back(self.account, text, words)

    def read(self, request: HookRequest) -> list[Report | InboundText]:
        return hooks.read(request, self.account.token)

    def answer(self, text: str) -> tuple[str, bytes]:
        return hooks.answer(text)
