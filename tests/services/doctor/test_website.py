"""What the doctor says of the recipients' pages, from outside: our real pages, and what may stand before them."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
import trustme

from broadcaster.services.doctor import website
from broadcaster.services.doctor.findings import FindingLevel
from broadcaster.services.doctor.website import InvalidUrlError, Website
from tests.web import stage
from tests.web.conftest import opened


@dataclass
class Gate:
    """What stands before our pages: it passes requests on to `behind`, and does what is asked of it besides."""

    behind: str
    statuses: dict[str, int] = field(default_factory=dict)
    added: dict[str, str] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()


def handler(gate: Gate) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            inside = HTTPConnection(urlsplit(gate.behind).netloc)
            inside.request(self.command, self.path, body, {"Content-Type": self.headers.get("Content-Type", "")})
            answer = inside.getresponse()
            content = answer.read()
            inside.close()
            self.send_response(gate.statuses.get(self.command, answer.status))
            kept = {name.lower(): value for name, value in answer.getheaders()} | gate.added
            for name in ("date", "server", "connection", "transfer-encoding", "content-length", *gate.dropped):
                kept.pop(name, None)
            for name, value in kept.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


@contextmanager
def standing(gate: Gate, name: str = "localhost") -> Iterator[Website]:
    """The gate, reached by https."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(gate))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)
    try:
        yield Website(urlsplit(f"https://localhost:{server.server_address[1]}"), trusted)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = stage.found(tmp_path_factory.mktemp("door") / "project", send=False)
    with opened(folder) as house:
        yield house.client.address


def bad(site: Website) -> set[str]:
    """What is not good, but for the one thing that cannot be otherwise on one machine."""
    return {one.code for one in website.check_website(site) if one.level is not FindingLevel.GOOD} - {"url-within"}


def test_all_is_well(door: str) -> None:
    with standing(Gate(door)) as site:
        found = {one.code: one.level for one in website.check_website(site)}
    assert found == {
        "url-within": FindingLevel.WARNING,
        "url-answers": FindingLevel.GOOD,
        "one-click-answers": FindingLevel.GOOD,
    }


def test_without_encryption(door: str) -> None:
    assert bad(Website.at(door)) == {"url-not-https"}


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"statuses": {"GET": 301}, "added": {"location": "https://www.letters.example/"}}, {"url-redirects"}),
        ({"statuses": {"GET": 401}}, {"url-shut"}),
        ({"statuses": {"GET": 403}}, {"url-shut"}),
        ({"statuses": {"GET": 502}}, {"url-not-ours"}),
        ({"dropped": ("x-robots-tag",)}, {"url-not-ours"}),
        ({"statuses": {"POST": 405}}, {"one-click-unanswered"}),
        ({"statuses": {"POST": 303}, "added": {"location": "/"}}, {"one-click-unanswered"}),
        ({"statuses": {"POST": 403}}, {"one-click-unanswered"}),
        ({"added": {"set-cookie": "lb=1"}}, {"url-sets-cookies"}),
    ],
)
def test_what_may_stand_before_it(door: str, changes: dict[str, object], codes: set[str]) -> None:
    with standing(Gate(door, **changes)) as site:  # type: ignore[arg-type]  # as the parameters say
        assert bad(site) == codes


def test_a_certificate_of_another_name(door: str) -> None:
    with standing(Gate(door), name="elsewhere.example") as site:
        assert bad(site) == {"url-certificate"}


def test_nobody_there(door: str) -> None:
    with standing(Gate(door)) as site:
        pass
    assert bad(site) == {"url-unreachable"}
    assert bad(Website.at("https://nowhere.invalid")) == {"url-no-such-name"}


@pytest.mark.parametrize("url", ["", "letters.example.org", "ftp://x.example", "https://", "https://x.example:99999"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(InvalidUrlError):
        Website.at(url)
