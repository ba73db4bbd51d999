"""The Twilio account, and how its API is reached. Wiring builds it from config.yaml and the environment."""

from dataclasses import dataclass, field
from pathlib import Path

RETRY_FRAGMENT = "#rc=5&rp=all"
"""What follows an address of ours, to be called up to five times more after whatever failure. By itself Twilio calls
once more, and only where there was no connection; all tries together last 15 seconds, whatever is wanted
(https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides). It stays with Twilio, as fragments do."""


@dataclass(frozen=True, slots=True)
class TwilioEndpoint:
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

    `numbers` are those that texts go from without a service, and people write to. `hooks` is the address below which
    Twilio reaches us (`…/hooks/twilio`); without it nothing is reported back.
    """

    sid: str
    token: str = field(repr=False)
    messaging_service_sid: str | None = None
    hooks: str | None = None
    line: TwilioEndpoint = TwilioEndpoint()
    numbers: tuple[str, ...] = ()

    def status_callback(self, attempt_id: str) -> str | None:
        """Where Twilio reports on one attempt; nothing but our opaque id is in it."""
        return f"{self.hooks}/status/{attempt_id}{RETRY_FRAGMENT}" if self.hooks else None
