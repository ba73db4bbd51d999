"""The way to Twilio's API: the SDK's requests over kept connections, with an end to waiting and to reading."""

import ssl
from collections.abc import Iterator, Mapping
from datetime import timedelta

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import BodyDecodeError, DecodeError, PyreqwestError, RequestError
from pyreqwest.exceptions import RequestTimeoutError as RanOutError
from pyreqwest.types import FormParams, QueryParams
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped]  # the SDK has no types
from twilio.http.response import Response  # type: ignore[import-untyped]  # the SDK has no types

from broadcaster.providers.reasons import Reason
from broadcaster.providers.retry_after_header import seconds_to_wait
from broadcaster.providers.twilio.account import TwilioEndpoint
from broadcaster.providers.twilio.verdicts import AnswerLostError, NotHandedOverError, TurnedDownError

MAX_ANSWER_BYTES = 1 << 20
"""Octets of an answer that are read: a page of fifty messages, each as long as can be, fits."""

_IDLE = timedelta(seconds=20)
"""How long a connection is kept unused: shorter than servers do, for what they have just closed leaves a doubt."""

_CONNECTING = "client error (Connect)"
"""What the library below says where it had not connected yet. Its exception classes do not tell: a connection that was
lost after the request had left is a ConnectError too. Whatever does not say this counts as handed over."""


_WHY = {
    "dns error": Reason.NAME_NOT_FOUND,
    "peer certificate": Reason.TLS_UNTRUSTED,
    "received corrupt message": Reason.TLS_FAILED,
    "received fatal alert": Reason.TLS_FAILED,
}
"""The same library's words for what kept it from connecting."""


class PooledHttpClient(AsyncHttpClient):  # type: ignore[misc]  # the SDK has no types
    """What the SDK sends its requests through.

    Nothing is tried again, no redirect is followed, nothing is logged (the SDK's own clients log who is written to),
    and no proxy or edge of the environment is used but those that the system's settings name for every program.

    Raises NotHandedOverError at once for a `ca_file` that cannot be used.
    """

    def __init__(self, line: TwilioEndpoint) -> None:
        super().__init__(logger=None, is_async=True, timeout=line.timeout)
        self._client = _pooled_client(line)

    async def request(  # noqa: PLR0913, PLR0917  the SDK passes them so
        self,
        method: str,
        uri: str,
        params: QueryParams | None = None,
        data: FormParams | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One request, one answer. Raises NotHandedOverError, LostError, TurnedDownError."""
        del timeout, allow_redirects
        asked = self._client.request(method, uri).headers(headers or {})
        if auth is not None:
            asked = asked.basic_auth(*auth)
        if params:
            asked = asked.query(params)
        if data:
            asked = asked.form(data)
        try:
            async with asked.build_streamed() as answer:
                body = await answer.body_reader.read(MAX_ANSWER_BYTES + 1)
                status = answer.status
                retry_after = seconds_to_wait(answer.get_header("retry-after") or "", answer.get_header("date") or "")
        except PyreqwestError as error:
            raise _explain_failure(error) from None  # its message holds the whole address, and that a number
        octets = bytes(body or b"")
        if len(octets) > MAX_ANSWER_BYTES:
            raise AnswerLostError(Reason.GARBLED)
        text = octets.decode("utf-8", "replace")
        if not 200 <= status < 300:
            raise TurnedDownError(status, text, retry_after)
        return Response(status, text)

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.close()


def _pooled_client(line: TwilioEndpoint) -> Client:
    deadline = timedelta(seconds=line.timeout)
    builder = (
        ClientBuilder()
        .https_only(line.url.startswith("https:"))
        .follow_redirects(False)
        .referer(False)
        .timeout(deadline)
        # sooner than the deadline, so that a connection that cannot be had is known to be that
        .connect_timeout(deadline * 0.6)
        .pool_idle_timeout(_IDLE)
        .pool_max_idle_per_host(line.connections)
        # an answer that unpacks to a thousand times its size is nothing we need
        .gzip(False)
        .brotli(False)
        .zstd(False)
        .deflate(False)
    )
    if line.ca_file is not None:
        try:
            pem = line.ca_file.read_bytes()
            ssl.create_default_context().load_verify_locations(cadata=pem.decode("ascii"))
            builder = builder.add_root_certificate_pem(pem)
        except (OSError, ValueError) as error:
            detail = f"ca_file cannot be used: {getattr(error, 'strerror', None) or 'it holds no certificate'}"
            raise NotHandedOverError(Reason.TLS_UNTRUSTED, detail) from None
    return builder.build()


def _explain_failure(error: PyreqwestError) -> NotHandedOverError | AnswerLostError:
    """What a failure of the transport says about the request."""
    causes = list(_causes(error))
    if _CONNECTING not in causes:
        if isinstance(error, DecodeError) and not isinstance(error, BodyDecodeError):
            return AnswerLostError(Reason.GARBLED)
        return AnswerLostError(Reason.TIMED_OUT if isinstance(error, RanOutError) else Reason.DROPPED)
    if isinstance(error, RanOutError):
        return NotHandedOverError(Reason.TIMED_OUT, slow=True)
    why = " ".join(causes[causes.index(_CONNECTING) + 1 :])
    reason = next((reason for words, reason in _WHY.items() if words in why), Reason.CANNOT_CONNECT)
    return NotHandedOverError(reason, why)


def _causes(error: PyreqwestError) -> Iterator[str]:
    if isinstance(error, RequestError):
        for cause in error.details.get("causes") or ():
            yield cause["message"]
