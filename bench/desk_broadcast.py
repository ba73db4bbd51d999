"""The desk's pages of a broadcast, with a million deliveries in the ledger, asked for over HTTP.

    python -m bench.desk_broadcast [--rows 1000000] [--asks 300]

One person signs in and asks for one page after another, each on a connection of its own. The broadcast is in its midst:
three fifths were handed over, one of a hundred of these was turned down, one of ten thousand for another reason, three
arrived; the rest waits. Times are from the request to the last byte, in milliseconds.
"""

import argparse
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from bench.ledger import WORDS, begin
from bench.projects import make_project
from broadcaster.bootstrap.wiring import open_project
from broadcaster.config.field_types.scalars import ListenAddress
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.keys import Keyring, new_ids
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger import Runner
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.delivery import deliveries
from broadcaster.ledger.delivery.deliveries import NewDelivery, Payload
from broadcaster.services.access import invitations
from broadcaster.services.access.invitations import LinkPurpose
from broadcaster.services.access.permissions import Actor
from broadcaster.services.project.project import Project
from broadcaster.web import serve_web

FORM = "application/x-www-form-urlencoded"


@dataclass
class Browser:
    """Keeps cookies, and nothing else."""

    where: str
    cookies: dict[str, str] = field(default_factory=dict)
    at: str = ""

    def ask(self, path: str, form: Mapping[str, str] | None = None) -> bytes:
        """What a page says; of a form the answer itself."""
        connection = HTTPConnection(self.where, timeout=60)
        kept = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is None:
            connection.request("GET", path, headers=kept)
        else:
            connection.request("POST", path, urlencode(form).encode(), kept | {"content-type": FORM})
        answer = connection.getresponse()
        self.at = answer.headers.get("location", path)
        for line in answer.headers.get_all("set-cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        body = answer.read()
        connection.close()
        if answer.status >= 400:
            raise SystemExit(f"{path} was answered with {answer.status}")
        return body

    def sign_in(self, project: Project) -> None:
        """As somebody with a link that lets them in."""
        link = (
            f"/desk/in/{invitations.create_invitation(project, 'amina', Actor('bench', '', '', ''), LinkPurpose.ENTER)}"
        )
        self.ask(link, {"csrf": self.token(link)})

    def token(self, path: str) -> str:
        """The token of a page's forms."""
        found = re.search(rb'name="csrf" value="([^"]+)"', self.ask(path))
        if found is None:
            raise SystemExit(f"{path} has no form")
        return found[1].decode()


def fill(project: Project, rows: int) -> str:
    """A broadcast of so many deliveries; its id."""
    ledger = project.ledger
    with Runner.register(ledger) as runner:
        broadcast_id, zone = begin(ledger, runner)
        for start in range(0, rows, 1000):
            ids = new_ids(min(1000, rows - start))
            with ledger.writing() as conn:
                made = [_new(project.keyring, one, n + start, rows, zone) for n, one in enumerate(ids)]
                deliveries.insert(conn, broadcast_id, made)
        with ledger.writing() as conn:
            broadcasts.set_state(conn, broadcast_id, {BroadcastState.RELEASING}, BroadcastState.SENDING)
    return broadcast_id


def _new(keyring: Keyring, delivery_id: str, number: int, rows: int, zone: int) -> NewDelivery:
    state, reason = DeliveryState.ACCEPTED, ""
    if number > rows * 3 // 5:
        state = DeliveryState.QUEUED
    elif number % (rows // 4) == 7:
        state = DeliveryState.DELIVERED
    elif number % 10_000 == 3:
        state, reason = DeliveryState.REFUSED, "address-unknown"
    elif number % 100 == 1:
        state, reason = DeliveryState.REFUSED, "mailbox-full"
    address = _address(number)
    payload = Payload(address, "A B", WORDS)
    blind = blind_address_index(keyring, Channel.EMAIL, address)
    return NewDelivery(delivery_id, Channel.EMAIL, "smtp", "en", 1, zone, blind, payload, state=state, reason=reason)


def _address(number: int) -> str:
    return f"person{number}@example.org"


@contextmanager
def served(rows: int) -> Iterator[tuple[Browser, str]]:
    """Somebody signed in at the desk over so many deliveries, and the path of their broadcast."""
    with tempfile.TemporaryDirectory() as folder:
        root = make_project(Path(folder), 5, "plain", None)
        Keyring.create(root / "var" / "key")
        with open_project(root) as project:
            broadcast_id = fill(project, rows)
            with serve_web(project, ListenAddress("127.0.0.1", 0), lambda: None, lambda: project) as address:
                browser = Browser(urlsplit(address).netloc)
                browser.sign_in(project)
                yield browser, f"/desk/broadcasts/{broadcast_id}"


def main() -> None:
    """Print the median and the tail of each page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--asks", type=int, default=300)
    chosen = parser.parse_args()
    with served(chosen.rows) as (browser, path):
        midst = chosen.rows // 2
        pages = {
            "list": "/desk/broadcasts",
            "broadcast": path,
            "record": f"{path}/record",
            "record, in the midst": f"{path}/record?after={midst}",
            "record, back from the midst": f"{path}/record?before={midst}",
            "record, the last page": f"{path}/record?after={chosen.rows - 20}",
            "record, handed over": f"{path}/record?state=accepted&after={midst}",
            "record, waiting": f"{path}/record?state=queued",
            "record, waiting, the last page": f"{path}/record?state=queued&after={chosen.rows - 20}",
            "record, turned down": f"{path}/record?state=refused&after={midst}",
            "record, turned down, one reason": f"{path}/record?state=refused&reason=address-unknown",
            "record, delivered (three)": f"{path}/record?state=delivered",
            "record, unsure (none)": f"{path}/record?state=unsure",
            "send again": f"{path}/again",
        }
        for name, page in pages.items():
            _tell(name, [_wait(browser.ask, page) for _ in range(chosen.asks)])
        token = browser.token(f"{path}/record")
        finding = [_found(browser, path, token, 1 + n * 997 % chosen.rows) for n in range(chosen.asks)]
        _tell("one person, found by address", finding)


def _tell(name: str, waits: list[float]) -> None:
    tail = sorted(waits)[min(len(waits) - 1, round(len(waits) * 0.99))]
    sys.stdout.write(f"{name}: p50 {statistics.median(waits):.1f} ms, p99 {tail:.1f} ms, {len(waits)} asks\n")
    sys.stdout.flush()


def _found(browser: Browser, path: str, token: str, number: int) -> float:
    """The time from the address in the form to the line of its person."""
    form = {"csrf": token, "address": _address(number)}
    return _wait(lambda page: (browser.ask(page, form), browser.ask(browser.at)), f"{path}/record/find")


def _wait(ask: Callable[[str], object], page: str) -> float:
    began = time.perf_counter()
    ask(page)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
