"""Forms within bounds: nobody holds up the others by what they send, least of all somebody who has not signed in."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from broadcaster.web.desk.requests import form_reading
from tests.projects import AUDIENCE, LETTER
from tests.web.conftest import House
from tests.web.desk.browser import FORM, Browser
from tests.web.desk.conftest import As

WITHIN = 60.0
"""Seconds; that is far more than any of it takes."""


@contextmanager
def announced(house: House, path: str, length: int, cookie: str = "") -> Iterator[socket.socket]:
    """A connection on which a form of this length is said to come, and does not."""
    split = urlsplit(house.client.address)
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {split.netloc}\r\ncontent-type: {FORM}\r\ncontent-length: {length}\r\n"
        f"cookie: {cookie}\r\n\r\n"
    )
    with socket.create_connection((split.hostname or "", split.port or 0), timeout=WITHIN) as connection:
        connection.sendall(head.encode())
        yield connection


def status(connection: socket.socket) -> int:
    return int(connection.recv(12).split()[1])


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/desk/in", form_reading.MAX_SIGN_IN_BYTES),
        ("/desk/in/some-link", form_reading.MAX_VISITOR_BYTES),
        ("/desk/language", form_reading.MAX_VISITOR_BYTES),
    ],
)
def test_a_visitor_sends_little(house: House, path: str, most: int) -> None:
    with announced(house, path, most + 1) as connection:
        assert status(connection) == 413


def test_only_a_roster_is_large(house: House, enter: As) -> None:
    kept = enter("author")._sent({})["cookie"]
    for path in (f"/desk/letters/{LETTER}/en/edit", "/desk/campaigns/new", "/desk/out"):
        with announced(house, path, form_reading.MAX_FORM_BYTES + 1, kept) as connection:
            assert status(connection) == 413, path
    for path in (f"/desk/audiences/{AUDIENCE}/roster", "/desk/audiences/new"):
        with announced(house, path, form_reading.MAX_ROSTER_BYTES + 1, kept) as connection:
            assert status(connection) == 413, path


def test_a_large_roster_gets_in(house: House, enter: As) -> None:
    rows = b"name,email\n" + b"".join(b"Ada,ada%d@office.example\n" % n for n in range(50_000))
    assert len(rows) > form_reading.MAX_FORM_BYTES
    author = enter("author")
    answer = author.upload(f"/desk/audiences/{AUDIENCE}/roster", "roster", rows)
    assert (answer.status, author.at) == (200, f"/desk/audiences/{AUDIENCE}?said=taken-in")
    assert b"ada49999@office.example" in (house.folder / "audiences" / f"{AUDIENCE}.csv").read_bytes()


def test_nothing_is_read_of_whoever_may_not(house: House, enter: As) -> None:
    """The answer does not wait for the form, which never comes."""
    kept = enter("viewer")._sent({})["cookie"]
    with announced(house, f"/desk/audiences/{AUDIENCE}/roster", 1000, kept) as connection:
        assert status(connection) == 403


def test_a_form_of_very_many_fields_holds_up_nobody(house: House, enter: As) -> None:
    author = enter("author")
    body = b"csrf=" + author.csrf.encode() + b"&a=1" * (form_reading.MAX_FORM_BYTES // 5)
    began = time.process_time()
    answer = author.client.ask("POST", "/desk/campaigns/new", body, author._sent({"content-type": FORM}))
    assert answer.status == 413
    assert time.process_time() - began < 2  # of work, in whatever thread


def test_a_form_that_does_not_come_is_not_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form_reading, "VISITOR_SECONDS", 0.2)
    assert Browser(house.client).get("/desk/in").status == 200
    with announced(house, "/desk/in", 100) as connection:
        assert status(connection) == 408
