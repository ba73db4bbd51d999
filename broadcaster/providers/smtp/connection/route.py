"""Where the mail server is, and how to talk to it. Wiring builds it from config.yaml and the environment."""

import ipaddress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from broadcaster.domain.delivery.mail_routes import route_name
from broadcaster.domain.errors import BroadcasterError


class Security(StrEnum):
    """How the connection is encrypted. `starttls` and `implicit` never fall back to plain."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    PLAIN = "plain"


class InsecureRouteError(BroadcasterError):
    """A password would travel in the clear."""

    code = "smtp-password-unencrypted"
    default_remedy = "Set `starttls: required` (or port 465) in config.yaml, or remove username_env and password_env."


@dataclass(frozen=True, slots=True)
class SignIn:
    """The account on the mail server (RFC 4954)."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SmtpTimeouts:
    """Seconds to wait in each phase.

    RFC 5321 section 4.5.3.2 suggests minutes, for servers that talk to strangers; this is a submission server we know.
    `final_dot` stays long, since giving up there leaves the message in doubt.
    """

    connect: float = 15.0
    greeting: float = 60.0
    command: float = 60.0
    data: float = 60.0
    body: float = 120.0
    final_dot: float = 300.0


@dataclass(frozen=True, slots=True)
class SmtpRoute:
    """One mail server. `ca_file` adds a private certificate authority; `connections` is the most one session keeps;
    `messages_per_connection` how many messages one carries before it makes room for a new one (None:
    `protocol.MAX_MESSAGES`, or `protocol.MAX_MESSAGES_TO_EXIM`).

    Raises InsecureRouteError when a password would cross the network unencrypted.
    """

    host: str
    port: int
    security: Security = Security.STARTTLS
    sign_in: SignIn | None = None
    ca_file: Path | None = None
    connections: int = 5
    patience: SmtpTimeouts = SmtpTimeouts()
    messages_per_connection: int | None = None

    @property
    def name(self) -> str:
        """How the route is called where something is remembered of it."""
        return route_name(self.host, self.port)

    def __post_init__(self) -> None:
        if self.security is Security.PLAIN and self.sign_in and not _on_this_machine(self.host):
            raise InsecureRouteError(f"The password for {self.host} would be sent unencrypted")


def _on_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
