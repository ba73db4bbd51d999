"""Email over a mail server that we may submit to (RFC 6409)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from broadcaster.domain.channels import Channel
from broadcaster.domain.mailroutes import Limit
from broadcaster.domain.unsure import InDoubt
from broadcaster.providers.smtp.pipelining import Pipelining
from broadcaster.providers.smtp.route import InsecureRouteError, Patience, Security, SignIn, SmtpRoute
from broadcaster.providers.smtp.session import SmtpSession

__all__ = ["InsecureRouteError", "Patience", "Security", "SignIn", "Smtp", "SmtpRoute", "SmtpSession"]


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

    def evidence(self, doubts: Sequence[InDoubt]) -> Mapping[str, bool]:
        """Nothing: SMTP has no way to ask a server what it took (RFC 1047). A bounce proves it, and comes by itself."""
        del doubts
        return {}

    @property
    def remembered_as(self) -> str:
        return self.route.name

    def recall(self, limit: Limit | None) -> None:
        self.pipelining.recall(limit)

    def found_out(self) -> Limit | None:
        return self.pipelining.found()
