"""Email over SendGrid's v3 API: one request for many recipients, whose gaps SendGrid fills."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.unsure_attempts import UnsureAttempt
from broadcaster.providers.sendgrid.account import HOST, InsecureAccountError, SendGridAccount, SendGridTimeouts
from broadcaster.providers.sendgrid.hook import SendGridHook, WebhookKeyError
from broadcaster.providers.sendgrid.session import SendGridSession
from broadcaster.providers.sendgrid.shared_backoff import SharedBackoff

__all__ = [
    "HOST",
    "InsecureAccountError",
    "SendGrid",
    "SendGridAccount",
    "SendGridHook",
    "SendGridSession",
    "SendGridTimeouts",
    "WebhookKeyError",
]


@dataclass(frozen=True, slots=True)
class SendGrid:
    """The account at SendGrid. `ration` is what its sessions know of its limits."""

    account: SendGridAccount
    ration: SharedBackoff = field(default_factory=SharedBackoff, compare=False, repr=False)

    @property
    def name(self) -> str:
        return "sendgrid"

    @property
    def channel(self) -> Channel:
        return Channel.EMAIL

    @property
    def merges(self) -> bool:
        return True

    @property
    def batch_size(self) -> int | None:
        return self.account.batch_size

    def open(self) -> SendGridSession:
        return SendGridSession(self.account, self.ration)

    def evidence(self, doubts: Sequence[UnsureAttempt]) -> Mapping[str, bool]:
        """Nothing: only a paid add-on can be asked what was taken. The events of what was taken settle it."""
        del doubts
        return {}
