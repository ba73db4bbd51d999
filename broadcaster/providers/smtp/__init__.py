"""Email over a mail server that we may submit to (RFC 6409)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.mail_routes import PipeliningLimit
from broadcaster.domain.delivery.unsure_attempts import UnsureAttempt
from broadcaster.providers.smtp.connection.route import InsecureRouteError, Security, SignIn, SmtpRoute, SmtpTimeouts
from broadcaster.providers.smtp.connection.session import SmtpSession
from broadcaster.providers.smtp.transactions.pipelining import Pipelining

__all__ = ["InsecureRouteError", "Security", "SignIn", "Smtp", "SmtpRoute", "SmtpSession", "SmtpTimeouts"]


@dataclass(frozen=True, slots=True)
class Smtp:
    """The mail server at `route`. `pipelining` is what its sessions know of it."""

    route: SmtpRoute
    pipelining: Pipelining = field(default_factory=Pipelining, compare=False)

    @property
    def name(self) -> str:
        return "smtp"

    @property
    def channel(self) -> Channel:
        return Channel.EMAIL

    @property
    def merges(self) -> bool:
        return False

    @property
    def batch_size(self) -> int | None:
        return None

    def open(self) -> SmtpSession:
        return SmtpSession(self.route, self.pipelining)

    def evidence(self, doubts: Sequence[UnsureAttempt]) -> Mapping[str, bool]:
        """Nothing: SMTP has no way to ask a server what it took (RFC 1047). A bounce proves it, and comes by itself."""
        del doubts
        return {}

    @property
    def limit_key(self) -> str:
        return self.route.name

    def recall(self, limit: PipeliningLimit | None) -> None:
        self.pipelining.recall(limit)

    def found_out(self) -> PipeliningLimit | None:
        return self.pipelining.take_found_limit()
