"""The SendGrid account, and how to reach it. Wiring builds it from config.yaml and the environment."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from broadcaster.domain.errors import BroadcasterError

HOST = "https://api.sendgrid.com"
"""Where the API is reached; accounts in the EU have https://api.eu.sendgrid.com."""

MAX_RECIPIENTS = 1000
"""Of one request (SendGrid, "Mail Send: Limitations")."""


class InsecureAccountError(BroadcasterError):
    """The API key and everybody's addresses would travel in the clear."""

    code = "sendgrid-unencrypted"
    default_remedy = "Write `host` in config.yaml with https://; http:// is for this machine (localhost) only."


@dataclass(frozen=True, slots=True)
class SendGridTimeouts:
    """Seconds to wait in each phase; `answer` stays long, since giving up there leaves a whole request in doubt."""

    connect: float = 15.0
    request: float = 120.0
    answer: float = 30.0


@dataclass(frozen=True, slots=True)
class SendGridAccount:
    """One account. `host` is the address of the API, without the path; `ca_file` holds authorities to trust instead of
    the system's; `batch_size` is the most recipients of one request, None for as many as come at once.

    Raises InsecureAccountError when the key would cross the network unencrypted.
    """

    api_key: str = field(repr=False)
    host: str = HOST
    batch_size: int | None = None
    ca_file: Path | None = None
    patience: SendGridTimeouts = SendGridTimeouts()

    def __post_init__(self) -> None:
        parts = urlsplit(self.host)
        if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise InsecureAccountError(f"The key for {parts.hostname} would be sent unencrypted")
