"""Texts by Twilio's Messages API (https://www.twilio.com/docs/messaging/api), and what it reports back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.reports import AcceptedAttempt, InboundText, Report
from broadcaster.domain.delivery.unsure_attempts import UnsureAttempt
from broadcaster.providers.base import DeliveryProof, HookRequest, InboundTexts
from broadcaster.providers.twilio import hooks, inbound_polling, status_polling
from broadcaster.providers.twilio.account import TwilioAccount, TwilioEndpoint
from broadcaster.providers.twilio.recent_queries import RecentQueries
from broadcaster.providers.twilio.session import TwilioSession
from broadcaster.providers.twilio.unsure_text_lookup import collect_evidence

__all__ = ["Twilio", "TwilioAccount", "TwilioEndpoint", "TwilioSession"]


@dataclass(frozen=True, slots=True)
class Twilio:
    """The account that texts go out by."""

    account: TwilioAccount
    memory: RecentQueries = field(default_factory=RecentQueries, compare=False, repr=False)

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

    def evidence(self, doubts: Sequence[UnsureAttempt]) -> Mapping[str, DeliveryProof]:
        """Reports on those that Twilio lists as taken. Never False: what it does not list it may list later."""
        return collect_evidence(self.account, self.memory, doubts)

    def fates(self, taken: Sequence[AcceptedAttempt]) -> list[Report] | None:
        return status_polling.fetch_statuses(self.account, taken)

    def inbound(self, since: datetime) -> InboundTexts:
        """What came to the account's numbers and those of its messaging service."""
        return inbound_polling.fetch_inbound_texts(self.account, self.memory, since)

    def answer_back(self, text: InboundText, words: str) -> None:
        inbound_polling.send_answer(self.account, text, words)

    def read(self, request: HookRequest) -> list[Report | InboundText]:
        return hooks.read_hook(request, self.account.token)

    def answer(self, text: str) -> tuple[str, bytes]:
        return hooks.twiml_answer(text)
