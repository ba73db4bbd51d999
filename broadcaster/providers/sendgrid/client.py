"""The official client over a line of our own, and without its habit of logging whole requests."""

import logging
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request

from python_http_client import Client  # type: ignore[import-untyped]  # neither library ships types
from sendgrid import SendGridAPIClient  # type: ignore[import-untyped]

from broadcaster.providers.sendgrid.account import SendGridAccount
from broadcaster.providers.sendgrid.connection import ApiConnection
from broadcaster.providers.sendgrid.payload import MailRequest
from broadcaster.providers.sendgrid.responses import ApiAnswer


def _drop_record(_record: logging.LogRecord) -> bool:
    return False


def silence_sdk_log() -> None:
    """Let python_http_client log nothing, whatever is configured: at DEBUG it writes requests, answers and the key.

    A filter on its logger holds in spite of levels, handlers and a later `logging.config`. What it makes of a request
    beforehand shows nothing either: see `payload.SecretBytes`.
    """
    logger = logging.getLogger("python_http_client.client")
    logger.filters[:] = [_drop_record]
    logger.setLevel(logging.CRITICAL + 1)


_ITSELF = "application/json; itself"


class KeptConnectionClient(Client):  # type: ignore[misc]  # untyped, as said above
    """SendGrid's client, its requests carried by `line`: no redirects, no proxies, time limits, bounded answers."""

    def __init__(self, line: ApiConnection, **settings: Any) -> None:
        super().__init__(**settings)
        self._line = line
        # Any other type than application/json lets the client have the request encode itself.
        self.request_headers["Content-Type"] = _ITSELF

    def _build_client(self, name: str | None = None) -> "KeptConnectionClient":
        return KeptConnectionClient(
            self._line,
            host=self.host,
            version=self._version,
            request_headers=self.request_headers,
            url_path=[*self._url_path, name] if name else self._url_path,
        )

    def _make_request(self, opener: object, request: Request, timeout: float | None = None) -> "_ClientResponse":
        del opener, timeout
        parts = urlsplit(request.full_url)
        body = request.data if isinstance(request.data, bytes) else b""
        lines = [
            f"{request.get_method()} {parts.path} HTTP/1.1",
            f"Host: {parts.netloc}",
            *(f"{name}: {value}" for name, value in request.header_items() if value != _ITSELF),
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "\r\n",
        ]
        return _ClientResponse(self._line.ask("\r\n".join(lines).encode("latin-1"), body))


class _ClientResponse:
    """An answer as the client wants it."""

    def __init__(self, answer: ApiAnswer) -> None:
        self._answer = answer

    def getcode(self) -> int:
        return self._answer.status

    def read(self) -> bytes:
        return self._answer.body

    def info(self) -> ApiAnswer:
        """The client hands this on as `headers`: so the whole answer comes back with it."""
        return self._answer


class SendGridApi:
    """The one call that is made."""

    def __init__(self, account: SendGridAccount) -> None:
        silence_sdk_log()
        self._line = ApiConnection(account)
        official = SendGridAPIClient(account.api_key, account.host)
        official.client = KeptConnectionClient(
            self._line, host=official.host, request_headers=official.client.request_headers, version=3
        )
        self._official = official

    def send(self, mail: MailRequest) -> ApiAnswer:
        """Hand over one request. Raises LostError."""
        answer = self._official.client.mail.send.post(request_body=mail).headers
        assert isinstance(answer, ApiAnswer)  # noqa: S101 (it is what `info` gave)
        return answer

    def close(self) -> None:
        self._line.close()
