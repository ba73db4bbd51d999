"""The Twilio account, and how its API is reached. Wiring builds it from config.yaml and the environment."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Line:
    """How the API is reached. `timeout` is in seconds, for a whole request from the first packet to the last.

    `connections` is how many requests one session has under way at once; `ca_file` adds a private authority to those of
    the system. Certificates and host names are always verified.
    """

    url: str = "https://api.twilio.com"
    connections: int = 20
    timeout: float = 15.0
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """Whose texts these are. Without `messaging_service_sid` each goes from the sender that its letter names.

    `hooks` is the address below which Twilio reaches us (`…/hooks/twilio`); without it nothing is reported back.
    """

    sid: str
    token: str = field(repr=False)
    messaging_service_sid: str | None = None
    hooks: str | None = None
    line: Line = Line()

    def status_callback(self, attempt_id: str) -> str | None:
        """Where Twilio reports on one attempt; nothing but our opaque id is in it."""
        return f"{self.hooks}/status/{attempt_id}" if self.hooks else None
