"""Everything that can go wrong on the way to SendGrid, compared with what the other side says it took."""

import json
import socket
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.sendgrid import InsecureAccountError, SendGrid, SendGridAccount
from tests.providers.people import TEMPLATE, merge
from tests.providers.sendgridtrial import IMPATIENT, Serve, account, agree, people, provider, send, verdict
from tests.standins.sendgrid import KEY, Fault

PERSON = "personalizations.0"


def reply(status: int, phase: str = "before", **more: object) -> tuple[Fault, ...]:
    return (Fault(phase, "reply", status, **more),)  # type: ignore[arg-type]  # what is given is what Fault has


def errors(*found: tuple[str | None, str]) -> str:
    return json.dumps({"errors": [{"field": field, "message": words, "help": None} for field, words in found]})


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, "", ("halted", "answer", "only-checked")),
        (201, "", ("unsure", "answer", "no-answer")),
        (301, "", ("halted", "answer", "answer-not-understood")),
        (307, "", ("halted", "answer", "answer-not-understood")),
        (400, errors((None, "Bad Request")), ("halted", "answer", "message-refused")),
        (400, "<html>no</html>", ("halted", "answer", "message-refused")),
        (400, errors(("from.email", "not valid")), ("halted", "answer", "sender-refused")),
        (400, errors((f"{PERSON}.to.0.email", "no person0@example.net")), ("refused", "answer", "address-malformed")),
        (400, errors((f"{PERSON}.headers", "no")), ("refused", "answer", "message-refused")),
        (400, errors(("personalizations.9999.to", "no")), ("halted", "answer", "message-refused")),
        (400, '{"errors": [null, 1, {"field": 2, "message": {}}]}', ("halted", "answer", "message-refused")),
        (400, "[" * 100_000, ("halted", "answer", "message-refused")),
        (401, errors((None, "The provided authorization grant is invalid")), ("halted", "answer", "sign-in-refused")),
        (401, errors((None, "Maximum credits exceeded")), ("halted", "answer", "allowance-used-up")),
        (403, errors((None, "access forbidden")), ("halted", "answer", "sign-in-refused")),
        (403, errors(("from", "does not match a verified Sender Identity")), ("halted", "answer", "sender-refused")),
        (404, "", ("halted", "answer", "answer-not-understood")),
        (405, "", ("halted", "answer", "answer-not-understood")),
        (408, "", ("later", "answer", "provider-busy")),
        (413, "", ("refused", "answer", "message-too-large")),
        (415, "", ("halted", "answer", "answer-not-understood")),
        (429, "", ("later", "rate", "provider-busy")),
        (500, "", ("unsure", "answer", "no-answer")),
        (503, errors((None, "unavailable")), ("unsure", "answer", "no-answer")),
        (504, "", ("unsure", "answer", "no-answer")),
        (599, "", ("unsure", "answer", "no-answer")),
    ],
)  # fmt: skip
def test_statuses(serve_sendgrid: Serve, status: int, body: str, expected: tuple[str, str, str]) -> None:
    server = serve_sendgrid(faults=reply(status, body=body))
    receipts = send(server, [merge(0)])
    assert verdict(receipts[0]) == expected
    assert str(status) in receipts[0].detail


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_500_leaves_it_open_and_nothing_else_is_risked(serve_sendgrid: Serve, phase: str) -> None:
    server = serve_sendgrid(faults=reply(500, phase))
    receipts = send(server, people(30), batch_size=10)
    assert [verdict(receipt) for receipt in receipts[:10]] == [("unsure", "answer", "no-answer")] * 10
    assert [verdict(receipt) for receipt in receipts[10:]] == [("later", "rate", "provider-busy")] * 20
    assert len(server.taken) == (10 if phase == "after" else 0)
    assert len(server.requests) == 1


@pytest.mark.parametrize("action", ["drop", "reset", "stall", "garbage"])
@pytest.mark.parametrize("phase", ["connect", "tls"])
def test_before_the_connection_stands_nothing_is_in_doubt(serve_sendgrid: Serve, phase: str, action: str) -> None:
    server = serve_sendgrid(faults=(Fault(phase, action),))
    receipts = send(server, people(5))
    got = {verdict(receipt) for receipt in receipts}
    expected = {
        "stall": {("later", "tls", "timed-out")},
        "garbage": {("halted", "tls", "encryption-failed"), ("later", "tls", "connection-dropped")},
    }.get(action, {("later", "tls", "connection-dropped"), ("later", "connect", "cannot-connect")})
    assert len(got) == 1 and got <= expected
    assert server.taken == []


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize(
    ("action", "why"),
    [
        ("drop", "connection-dropped"),
        ("reset", "connection-dropped"),
        ("stall", "timed-out"),
        ("drip", "timed-out"),
        ("garbage", "answer-not-understood"),
        ("huge-head", "answer-not-understood"),
    ],
)
def test_an_answer_that_is_lost_leaves_it_open(serve_sendgrid: Serve, phase: str, action: str, why: str) -> None:
    server = serve_sendgrid(faults=(Fault(phase, action),))
    started = time.monotonic()
    receipts = send(server, people(20))
    assert {verdict(receipt) for receipt in receipts} == {("unsure", "answer", "no-answer")}
    assert {receipt.detail for receipt in receipts} == {why}
    assert time.monotonic() - started < 60
    assert len(server.taken) == (20 if phase == "after" else 0)


@pytest.mark.parametrize("action", ["huge", "cut", "huge-head"])
def test_an_endless_answer_costs_neither_memory_nor_time(serve_sendgrid: Serve, action: str) -> None:
    server = serve_sendgrid(faults=(Fault("after", action),))
    batch = people(3)
    tracemalloc.start()
    started = time.monotonic()
    with provider(server, answer=5.0).open() as session:
        receipts = session.send(batch)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    agree(batch, receipts, server.taken)
    assert {receipt.outcome for receipt in receipts} == {Outcome.UNSURE}
    assert peak < 24 << 20  # the stand-in's own chunks are in it
    assert time.monotonic() - started < 60


def test_a_slow_answer_is_waited_for_and_not_forever(serve_sendgrid: Serve) -> None:
    server = serve_sendgrid(latency=0.3)
    with provider(server, answer=3.0).open() as session:
        assert session.send(people(1))[0].outcome is Outcome.ACCEPTED
    server.plan = replace(server.plan, latency=0.8)
    with provider(server, answer=0.2).open() as session:
        assert verdict(session.send(people(1, 1))[0]) == ("unsure", "answer", "no-answer")


def test_a_request_that_is_not_read_has_not_been_taken(tmp_path: Path) -> None:
    """The other side stops reading in the midst of it: it never had the last octet."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        taken: list[socket.socket] = []
        thread = threading.Thread(target=lambda: taken.append(listening.accept()[0]))
        thread.start()
        host = f"http://127.0.0.1:{listening.getsockname()[1]}"
        large = replace(TEMPLATE, key="large", text=TEMPLATE.text + "x" * 20_000_000)
        slow = SendGridAccount(KEY, host, patience=replace(IMPATIENT, request=0.5))
        with SendGrid(slow).open() as session:
            receipts = session.send([merge(0, template=large)])
        thread.join()
        taken[0].close()
    assert [verdict(receipt) for receipt in receipts] == [("later", "request", "timed-out")]


def test_a_refusal_in_the_midst_of_a_request_is_heard(tmp_path: Path) -> None:
    """Who answers 413 and hangs up before it has read it all is understood; a 500 then took nothing."""
    for status, expected in (
        (413, ("refused", "answer", "message-too-large")),
        (500, ("later", "answer", "provider-busy")),
    ):
        with socket.create_server(("127.0.0.1", 0)) as listening:

            def turn_away(listening: socket.socket = listening, status: int = status) -> None:
                connection, _ = listening.accept()
                with connection:
                    connection.sendall(
                        b"HTTP/1.1 %d Whatever\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status
                    )
                    time.sleep(0.5)  # not read: the sender's buffers fill

            thread = threading.Thread(target=turn_away)
            thread.start()
            large = replace(TEMPLATE, key="large", text=TEMPLATE.text + "x" * 20_000_000)
            host = f"http://127.0.0.1:{listening.getsockname()[1]}"
            with SendGrid(SendGridAccount(KEY, host, patience=replace(IMPATIENT, request=0.2))).open() as session:
                receipts = session.send([merge(0, template=large)])
            thread.join()
        assert [verdict(receipt) for receipt in receipts] == [expected]


@pytest.mark.parametrize("certificate", ["untrusted", "other"])
def test_a_certificate_that_does_not_verify_halts(serve_sendgrid: Serve, certificate: str) -> None:
    server = serve_sendgrid(certificate=certificate)
    receipts = send(server, people(3))
    assert {verdict(receipt) for receipt in receipts} == {("halted", "tls", "certificate-not-trusted")}
    assert server.requests == []
    assert KEY.encode() not in repr(receipts).encode()


def test_without_its_own_authority_the_system_s_count(serve_sendgrid: Serve, tmp_path: Path) -> None:
    server = serve_sendgrid()
    nobody = tmp_path / "none.pem"
    for ca_file in (None, nobody):
        with SendGrid(replace(account(server), ca_file=ca_file)).open() as session:
            receipt = session.send(people(1))[0]
        assert verdict(receipt) == ("halted", "tls", "certificate-not-trusted")


def test_nobody_there_puts_everything_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with SendGrid(SendGridAccount(KEY, f"https://127.0.0.1:{port}", 2, patience=IMPATIENT)).open() as session:
        receipts = session.send(people(9))
    assert {verdict(receipt) for receipt in receipts} == {("later", "connect", "cannot-connect")}


@pytest.mark.parametrize("host", ["https://nowhere.invalid", "https://a..b", f"https://{'x' * 80}.example"])
def test_a_host_that_is_none_puts_everything_off(host: str) -> None:
    with SendGrid(SendGridAccount(KEY, host, patience=IMPATIENT)).open() as session:
        receipts = session.send(people(3))
    assert {verdict(receipt) for receipt in receipts} == {("later", "connect", "name-not-found")}


def test_a_key_is_never_sent_in_the_clear() -> None:
    with pytest.raises(InsecureAccountError):
        SendGridAccount(KEY, "http://api.example.org")
    assert KEY not in repr(SendGridAccount(KEY))


@pytest.mark.parametrize("key", ["SG.a\r\nX-Evil: 1", "SG.ключ", "SG.\x00"])
def test_a_key_that_cannot_be_sent_halts(serve_sendgrid: Serve, key: str) -> None:
    server = serve_sendgrid()
    with SendGrid(replace(account(server), api_key=key)).open() as session:
        assert session.send(people(1))[0].code == "sign-in-refused"
    assert server.requests == []


def test_a_redirect_is_not_followed(serve_sendgrid: Serve, tmp_path: Path) -> None:
    server = serve_sendgrid()
    server.plan = replace(server.plan, faults=reply(307, headers={"Location": f"{server.url}/v3/mail/send"}))
    assert send(server, people(2))[0].outcome is Outcome.HALTED
    assert len(server.requests) == 1


def test_a_connection_is_kept_and_one_that_died_is_replaced(serve_sendgrid: Serve) -> None:
    server = serve_sendgrid()
    with provider(server).open() as session:
        for first in (0, 10, 20):
            assert {receipt.outcome for receipt in session.send(people(10, first))} == {Outcome.ACCEPTED}
        assert server.connections == 1
        for first in (30, 40):
            server.hang_up()
            assert {receipt.outcome for receipt in session.send(people(10, first))} == {Outcome.ACCEPTED}
    assert server.connections == 3
    assert len(server.taken) == 50


def test_wrong_credentials_halt_and_mended_ones_go_on(serve_sendgrid: Serve) -> None:
    server = serve_sendgrid(key="another")
    batch = people(4)
    with provider(server).open() as session:
        assert {receipt.code for receipt in session.send(batch)} == {"sign-in-refused"}
        server.plan = replace(server.plan, key=KEY)
        assert {receipt.outcome for receipt in session.send(batch)} == {Outcome.ACCEPTED}


@pytest.mark.parametrize("one_by_one", [False, True])
def test_a_bad_recipient_among_a_thousand_is_alone_refused(serve_sendgrid: Serve, one_by_one: bool) -> None:
    server = serve_sendgrid(bad=("person500@example.net", "person7@example.net"), one_by_one=one_by_one)
    receipts = send(server, people(1000), batch_size=1000, answer=20.0)
    assert Counter(receipt.outcome for receipt in receipts) == {Outcome.ACCEPTED: 998, Outcome.REFUSED: 2}
    for place in (7, 500):
        assert verdict(receipts[place]) == ("refused", "answer", "address-malformed")
    assert len(server.requests) == (3 if one_by_one else 2)


def test_many_bad_recipients_named_one_by_one_do_not_keep_it_busy_for_ever(serve_sendgrid: Serve) -> None:
    server = serve_sendgrid(bad=tuple(f"person{number}@example.net" for number in range(40)), one_by_one=True)
    receipts = send(server, people(60), batch_size=60)
    counts = Counter(receipt.outcome for receipt in receipts)
    assert counts == {Outcome.REFUSED: 21, Outcome.LATER: 39}
    assert len(server.requests) == 21


def test_what_is_too_large_is_halved_until_it_fits(serve_sendgrid: Serve) -> None:
    server = serve_sendgrid(most_octets=12_000)
    receipts = send(server, people(40), batch_size=40)
    assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}
    assert len(server.requests) > 2


def test_one_halt_leaves_the_rest_untried(serve_sendgrid: Serve) -> None:
    server = serve_sendgrid(senders=("somebody@else.example",))
    receipts = send(server, people(6), batch_size=2)
    assert [verdict(receipt) for receipt in receipts[:2]] == [("halted", "answer", "sender-refused")] * 2
    assert {receipt.outcome for receipt in receipts[2:]} == {Outcome.UNTRIED}
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({}, 60, 60),
        ({"Retry-After": "7"}, 7, 7),
        ({"Retry-After": "0"}, 1, 1),
        ({"Retry-After": "999999999999"}, 3600, 3600),
        ({"Retry-After": "soon"}, 60, 60),
        ({"Retry-After": "-5"}, 60, 60),
        ({"Retry-After": "nan"}, 60, 60),
        ({"Retry-After": "1e9"}, 60, 60),
        ({"Retry-After": lambda: formatdate(time.time() + 1000, usegmt=True)}, 500, 1001),
        ({"Retry-After": formatdate(5000, usegmt=True), "Date": formatdate(4980, usegmt=True)}, 20, 20),
        ({"Retry-After": "Tue, 99 Zzz 99999 99:99:99 GMT"}, 60, 60),
        ({"X-RateLimit-Reset": lambda: str(int(time.time()) + 1000)}, 500, 1001),
        ({"X-RateLimit-Reset": "12"}, 12, 12),
        ({"X-RateLimit-Reset": str(10**9 + 30), "Date": formatdate(10**9, usegmt=True)}, 30, 30),
        ({"X-RateLimit-Reset": "1"}, 1, 1),
        ({"X-RateLimit-Reset": "²"}, 60, 60),
    ],
)
def test_too_much_at_once_is_put_off(
    serve_sendgrid: Serve, headers: dict[str, str | Callable[[], str]], low: float, high: float
) -> None:
    # What depends on the time is made when the test runs: that may be long after it was found.
    made = {name: value() if callable(value) else value for name, value in headers.items()}
    server = serve_sendgrid(faults=reply(429, headers={k: v.encode().decode("latin-1") for k, v in made.items()}))
    receipts = send(server, people(4), batch_size=2)
    assert {verdict(receipt) for receipt in receipts} == {("later", "rate", "provider-busy")}
    for receipt in receipts:
        assert receipt.retry_after is not None and low <= receipt.retry_after <= high
    assert len(server.requests) == 1


def test_all_sessions_know_that_the_allowance_is_used_up(serve_sendgrid: Serve) -> None:
    server = serve_sendgrid(limit=2, window=1.5)
    shared = provider(server, 5)
    first, second = shared.open(), shared.open()
    assert {receipt.outcome for receipt in first.send(people(10))} == {Outcome.ACCEPTED}
    batch = people(5, 10)
    for session in (first, second):
        receipts = session.send(batch)
        assert {verdict(receipt) for receipt in receipts} == {("later", "rate", "provider-busy")}
        assert all(receipt.retry_after and receipt.retry_after <= 3 for receipt in receipts)
    assert len(server.requests) == 2, "nothing was asked in vain"
    time.sleep(shared.ration.left() + 0.05)
    assert {receipt.outcome for receipt in second.send(batch)} == {Outcome.ACCEPTED}
    first.close()
    second.close()
