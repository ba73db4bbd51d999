"""A client that shares nothing with our server: `http.client`, one connection for each request."""

from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(frozen=True)
class Client:
    """Asks one server."""

    address: str

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        connection = HTTPConnection(urlsplit(self.address).netloc, timeout=60)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str, language: str = "") -> Answer:
        return self.ask("GET", path, headers={"Accept-Language": language} if language else {})

    def post(self, path: str, body: bytes, kind: str = "application/x-www-form-urlencoded", **headers: str) -> Answer:
        return self.ask("POST", path, body, {"Content-Type": kind, **headers})
