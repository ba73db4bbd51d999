"""What Twilio sends to a hook: signed as the SDK's own helper signs it, by the account's token."""

import http.client
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # the SDK has no types

from broadcaster.providers.base import HookRequest
from tests.standins.twilio import SERVICE, SID, TOKEN

FORM = "application/x-www-form-urlencoded; charset=utf-8"


@dataclass(frozen=True)
class Hook:
    """An address of ours, and the token that Twilio signs with for it; `base` ends in `/hooks/twilio`."""

    base: str
    token: str = TOKEN

    def status(self, attempt_id: str, message_sid: str, status: str, **more: str) -> HookRequest:
        """A report on a text."""
        fields = {
            "AccountSid": SID,
            "ApiVersion": "2010-04-01",
            "From": "",
            "MessageSid": message_sid,
            "MessageStatus": status,
            "MessagingServiceSid": SERVICE,
            "SmsSid": message_sid,
            "SmsStatus": status,
            **more,
        }
        return self.signed(f"status/{attempt_id}", list(fields.items()))

    def inbound(self, message_sid: str, sender: str, body: str, **more: str) -> HookRequest:
        """A text that somebody sent to our number."""
        fields = {
            "AccountSid": SID,
            "Body": body,
            "From": sender,
            "FromCountry": "GB",
            "MessageSid": message_sid,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsSid": message_sid,
            "SmsStatus": "received",
            "To": "+447700900999",
            **more,
        }
        return self.signed("inbound", list(fields.items()))

    def signed(self, path: str, pairs: list[tuple[str, str]]) -> HookRequest:
        """A form of these parameters, blank and doubled ones too."""
        url = f"{self.base}/{path}"
        signature = RequestValidator(self.token).compute_signature(url, _Pairs(pairs))
        headers = {"content-type": FORM, "x-twilio-signature": signature, "i-twilio-idempotency-token": "once"}
        return HookRequest(url, path, headers, urlencode(pairs).encode())

    def post(self, request: HookRequest) -> tuple[int, bytes]:
        """Send it to the address; status and body of the answer."""
        parts = urlsplit(request.url)
        make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = make(parts.hostname or "", parts.port, timeout=15)  # Twilio waits so long
        try:
            connection.request("POST", parts.path, request.body, dict(request.headers))
            with connection.getresponse() as answer:
                return answer.status, answer.read()
        finally:
            connection.close()


class _Pairs(dict[str, str]):
    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__(pairs)
        self._pairs = pairs

    def getall(self, name: str) -> list[str]:
        return [value for one, value in self._pairs if one == name]
