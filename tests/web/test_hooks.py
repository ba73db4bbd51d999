"""The hooks: what is proved and fresh is kept, then acknowledged; all else is refused and changes nothing."""

import json
import logging
import re
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcaster.web import hooks
from broadcaster.web.common import limited_log, request_body, worker_threads
from tests.web import stage
from tests.web.browsing import Answer
from tests.web.conftest import House, opened
from tests.web.signing import OLDEST, PATH, event, signed

URL = stage.PUBLIC + PATH
NONE: Mapping[str, str] = {}


def send(
    house: House, body: bytes, headers: Mapping[str, str] = NONE, *, url: str = URL, path: str = PATH, age: float = 0
) -> Answer:
    """A request to the hook, signed for `url`."""
    return house.client.post(path, body, "application/json", **{**signed(body, url, age), **headers})


def events(*numbers: int) -> bytes:
    return json.dumps([event(number) for number in numbers]).encode()


def kept(folder: Path) -> list[str]:
    """The keys of the reports in the ledger."""
    with sqlite3.connect(folder / "var" / "broadcaster.db") as connection:
        return [key for (key,) in connection.execute("SELECT key FROM reports ORDER BY seq")]


def waiting(folder: Path) -> int:
    with sqlite3.connect(folder / "var" / "broadcaster.db") as connection:
        return int(connection.execute("SELECT count(*) FROM reports WHERE applied_at IS NULL").fetchone()[0])


def within(seconds: float, done: Callable[[], bool]) -> bool:
    """Whether `done()` becomes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(0.02)
    return False


def test_reports_are_kept_once_before_the_answer_and_applied_after_it(house: House) -> None:
    assert send(house, events(1, 2, 2)).status == 200
    assert kept(house.folder) == ["event-1", "event-2"]
    assert send(house, events(2, 3)).status == 200
    assert kept(house.folder) == ["event-1", "event-2", "event-3"]
    assert within(60, lambda: waiting(house.folder) == 0)


def test_a_report_moves_its_delivery_without_anybody_asking(house: House) -> None:
    with house.project.ledger.reading() as conn:
        delivery_id = conn.exec_driver_sql("SELECT id FROM deliveries WHERE channel = 'email' LIMIT 1").scalar_one()
    body = json.dumps([event(1, f"{delivery_id}-1")]).encode()
    assert send(house, body, url=f"{stage.PUBLIC}/hooks/outbox", path="/hooks/outbox").status == 200

    def state() -> str:
        with house.project.ledger.reading() as conn:
            found = conn.exec_driver_sql(f"SELECT state FROM deliveries WHERE id = '{delivery_id}'")  # noqa: S608
            return str(found.scalar_one())

    assert within(60, lambda: state() == "delivered")


def test_the_address_that_counts_is_public_url_and_not_what_a_header_says(house: House) -> None:
    liars = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    assert send(house, events(1), liars).status == 200
    for other in ("https://evil.example/hooks/signed", house.client.address + PATH, URL + "/"):
        assert send(house, events(2), liars, url=other).status == 403
    deeper = "/status/abc%2Fd?x=1&y=%20"
    assert send(house, events(3), url=URL + deeper, path=PATH + deeper).status == 200
    assert kept(house.folder) == ["event-1", "event-3"]


@pytest.mark.parametrize("passed_on", [True, False])
def test_a_public_url_with_a_path_is_known_whether_the_proxy_passes_it_on_or_not(folder: Path, passed_on: bool) -> None:
    config = (folder / "config.yaml").read_text("utf-8")
    (folder / "config.yaml").write_text(config.replace(stage.PUBLIC, f"{stage.PUBLIC}/post"), "utf-8")
    before = "/post" if passed_on else ""
    with opened(folder) as house:
        assert send(house, events(1), url=f"{stage.PUBLIC}/post{PATH}", path=before + PATH).status == 200
        assert house.client.get(f"{before}/u/x").status == 200
        assert house.client.get(f"{before}/").status == 200
        assert house.client.get("/postscript").status == 404


def test_what_is_forged_stale_or_malformed_is_refused_and_each_reason_told_in_one_line(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    before = stage.ledger(house.folder)
    good = events(1)
    proof = signed(good, URL)
    tries = [
        send(house, good, {"X-Signature": "0" * 64}),
        send(house, good, {"X-Signature": "é"}),
        send(house, good, {"X-Signature": ""}),
        house.client.post(PATH, good, "application/json"),
        house.client.post(PATH, good[:-1], "application/json", **proof),
        house.client.post(PATH, good + b" ", "application/json", **proof),
        send(house, good, age=OLDEST + 5),
        send(house, good, age=-OLDEST - 5),
        send(house, b"[{", url=URL),
        send(house, '["é"]'.encode("utf-16")),
        send(house, b"\xff\xfe\x00"),
        send(house, b'{"not": "a list"}'),
        send(house, b'[{"key": 1}]'),
        send(house, b""),
    ]
    assert {answer.status for answer in tries[:8]} == {403}
    assert {answer.status for answer in tries[8:]} == {400}
    assert {answer.body for answer in tries} == {b"refused"}
    assert stage.ledger(house.folder) == before
    told = [record.getMessage() for record in caplog.records if record.name == "broadcaster.web.hooks"]
    reasons = ("the signature does not fit", "it is too old", "it cannot be read")
    assert sorted(told) == sorted(
        f"A request to the hook of signed was refused: {why} [hook-refused]" for why in reasons
    )
    assert not any("event-1" in line or "\n" in line for line in told)


def test_refused_requests_without_end_are_counted_and_not_written_down_each(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limited_log, "INTERVAL_SECONDS", 2.0)
    line = "A request to the hook of signed was refused: the signature does not fit [hook-refused]"
    counted = re.compile(re.escape(line) + r"(?: \((\d+) more since it was written last\))?")

    def told() -> list[int]:
        found = [record.getMessage() for record in caplog.records if record.name == "broadcaster.web.hooks"]
        return [int(counted.fullmatch(one)[1] or 1) for one in found]  # type: ignore[index]  # else it fails here

    began = time.monotonic()
    assert {send(house, events(1), {"X-Signature": f"{n:064x}"}).status for n in range(60)} == {403}
    assert within(60, lambda: sum(told()) == 60)
    assert len(told()) <= 2 + (time.monotonic() - began) / 2


def test_a_signature_that_comes_twice_is_none(house: House) -> None:
    body = events(1)
    proof = signed(body, URL)
    with socket.create_connection(_place(house), timeout=60) as raw:
        raw.sendall(_head("POST", PATH, len(body), {**proof, "x-signature": proof["X-Signature"]}) + body)
        assert raw.recv(4096).split(b" ")[1] == b"403"
    assert kept(house.folder) == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_only_post_is_a_hook(house: House, method: str) -> None:
    before = stage.ledger(house.folder)
    answer = house.client.ask(method, PATH, None if method in ("GET", "HEAD") else events(1))
    assert answer.status == 405
    assert stage.ledger(house.folder) == before


@pytest.mark.parametrize("path", ["/hooks/nobody", "/hooks/", "/hooks", "/hooks/sign%65d2", "/hooks/../hooks/x"])
def test_a_provider_that_nobody_knows_is_not_found(house: House, path: str) -> None:
    assert house.client.post(path, events(1)).status in (404, 405)
    assert kept(house.folder) == []


def test_a_body_beyond_the_bound_is_not_read(house: House) -> None:
    big = b" " * (hooks.MAX_HOOK_BYTES + 1)
    with socket.create_connection(_place(house), timeout=60) as raw:
        raw.sendall(_head("POST", PATH, len(big), {}))
        assert raw.recv(4096).split(b" ")[1] == b"413"
    with socket.create_connection(_place(house), timeout=60) as raw:
        raw.sendall(_head("POST", PATH, None, {"Transfer-Encoding": "chunked"}))
        answer = b""
        try:
            for start in range(0, len(big), 65536):
                piece = big[start : start + 65536]
                raw.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            answer = raw.recv(4096)
        except ConnectionError:
            answer = raw.recv(4096)
        assert answer.split(b" ")[1] == b"413"
    assert kept(house.folder) == []


def test_a_body_that_never_ends_is_not_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_body, "READ_SECONDS", 0.5)
    began = time.monotonic()
    with socket.create_connection(_place(house), timeout=60) as raw:
        raw.sendall(_head("POST", PATH, 100, {}) + b"[")
        assert raw.recv(4096).split(b" ")[1] == b"408"
    assert time.monotonic() - began < 60
    with socket.create_connection(_place(house), timeout=60) as raw:
        raw.sendall(_head("POST", PATH, 100, signed(b"[]", URL)) + b"[]")  # and gone: it was cut off
    assert house.client.get("/robots.txt").status == 200
    assert kept(house.folder) == []


def test_a_head_that_is_endless_or_no_http_is_turned_away(house: House) -> None:
    for sent in (b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000, b"\x16\x03\x01\x00\xa5\r\n\r\n"):
        with socket.create_connection(_place(house), timeout=60) as raw:
            raw.sendall(sent)
            answer = raw.recv(8192)
            assert answer.split(b" ")[1] == b"400"
            assert b"nosniff" in answer
            assert answer.endswith(b"\r\n\r\nbad request\n")


def test_a_head_that_does_not_come_is_not_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("broadcaster.web.http_protocol.HEAD_SECONDS", 0.5)
    for sent in (b"", b"GET / HTTP/1.1\r\n"):
        with socket.create_connection(_place(house), timeout=60) as raw:
            raw.sendall(sent)
            assert raw.recv(4096) == b""


def test_while_the_ledger_is_locked_the_provider_is_told_to_come_again_and_nothing_is_lost(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_threads, "WAIT_SECONDS", 0.5)
    lock = sqlite3.connect(house.folder / "var" / "broadcaster.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    answers: list[Answer] = []
    many = [threading.Thread(target=lambda n=n: answers.append(send(house, events(n)))) for n in range(20)]
    for one in many:
        one.start()
    for one in many:
        one.join()
    assert [answer.status for answer in answers] == [503] * 20
    assert {answer.headers["retry-after"] for answer in answers} == {"60"}
    assert time.monotonic() - began < 60
    assert house.client.post("/u/x", b"choice=none").status == 200  # a token of nobody needs no ledger
    lock.execute("ROLLBACK")
    lock.close()
    assert within(60, lambda: send(house, events(0)).status == 200)
    assert [send(house, events(n)).status for n in range(20)] == [200] * 20
    assert sorted(kept(house.folder)) == sorted(f"event-{n}" for n in range(20))


def test_a_ledger_that_is_full_is_no_loss_either(house: House) -> None:
    with house.project.ledger.engines.writer.connect() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    body = json.dumps([event(n, "x" * 26 + "-1") for n in range(3000)]).encode()
    assert send(house, body).status == 503
    assert kept(house.folder) == []
    with house.project.ledger.engines.writer.connect() as conn:
        conn.exec_driver_sql("PRAGMA max_page_count = 1073741823")
    assert send(house, body).status == 200
    assert len(kept(house.folder)) == 3000


def test_a_text_is_kept_and_answered(house: House) -> None:
    body = json.dumps({"key": "t1", "from": "+447700900101", "body": "STOP"}).encode()
    answer = send(house, body, url=f"{URL}/text", path=f"{PATH}/text")
    assert answer.status == 200
    assert "Ashmere Police" in answer.text
    with house.project.ledger.reading() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM suppressions").scalar_one() == 1


def test_no_token_and_nothing_of_a_body_is_logged(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    link = stage.one_click(stage.emails(house.folder)[0])
    house.client.get(link)
    house.client.post(link, b"List-Unsubscribe=One-Click")
    house.client.get(link + "/nowhere")
    send(house, b'[{"key": "07700 900123"}]')
    assert not [line for line in caplog.messages if link.rpartition("/")[2] in line or "900123" in line]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=300),
    rest=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=" "), max_size=40),
    proved=st.booleans(),
)
def test_whatever_comes_is_answered_and_changes_nothing(house: House, body: bytes, rest: str, proved: bool) -> None:
    path = f"{PATH}/{rest}".partition("#")[0]
    headers = signed(body, stage.PUBLIC + path) if proved else {}
    answer = house.client.post(path, body, "application/json", **headers)
    assert 400 <= answer.status < 500 or answer.status == 200
    assert b"Traceback" not in answer.body
    assert kept(house.folder) == []


def _place(house: House) -> tuple[str, int]:
    parts = urlsplit(house.client.address)
    return parts.hostname or "", parts.port or 0


def _head(method: str, path: str, length: int | None, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: x", *(f"{name}: {value}" for name, value in headers.items())]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
