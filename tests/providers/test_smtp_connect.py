"""From nothing to a connection that may carry mail: encryption and sign-in, gone well and badly."""

from dataclasses import replace
from pathlib import Path

import pytest

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.smtp import Security, SignIn, Smtp
from tests.providers.mailtrial import Serve, route, send, verdict
from tests.providers.people import email
from tests.standins.smtp import Fault


@pytest.mark.parametrize("security", ["starttls", "implicit"])
@pytest.mark.parametrize("certificate", ["untrusted", "other"])
def test_a_certificate_that_cannot_be_verified_halts(serve: Serve, security: str, certificate: str) -> None:
    server = serve(security=security, certificate=certificate, account=("desk", "secret"))
    receipts = send(server, 5)
    assert verdict(receipts[0]) == ("halted", "tls", "certificate-not-trusted")
    assert {receipt.outcome for receipt in receipts[1:]} == {Outcome.UNTRIED}
    assert server.counts.seen.get("auth") is None, "the password stayed here"


def test_a_ca_file_that_is_not_there_halts(serve: Serve) -> None:
    server = serve(security="starttls")
    with Smtp(replace(route(server), ca_file=Path("/nowhere/ca.pem"))).open() as session:
        receipt = session.send([email(1)])[0]
    assert verdict(receipt) == ("halted", "tls", "certificate-not-trusted")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("starttls", "reply", "454 4.7.0 not now"), ("later", "tls", "try-later")),
        (Fault("starttls", "reply", "502 5.5.1 no"), ("halted", "tls", "encryption-not-offered")),
        (Fault("starttls", "drop"), ("later", "tls", "connection-dropped")),
        (Fault("starttls", "stall"), ("later", "tls", "timed-out")),
        (Fault("tls", "drop"), ("later", "tls", "connection-dropped")),
        (Fault("tls", "stall"), ("later", "tls", "timed-out")),
        (Fault("auth", "reply", "535 5.7.8 wrong"), ("halted", "auth", "sign-in-refused")),
        (Fault("auth", "reply", "454 4.7.0 not now"), ("later", "auth", "try-later")),
        (Fault("auth", "drop"), ("later", "auth", "connection-dropped")),
        (Fault("auth", "stall"), ("later", "auth", "timed-out")),
        (Fault("auth", "huge"), ("later", "auth", "answer-not-understood")),
    ],
)
def test_opening(serve: Serve, fault: Fault, expected: tuple[str, str, str]) -> None:
    server = serve(security="starttls", account=("desk", "secret"), faults=(fault,))
    assert verdict(send(server)[0]) == expected


def test_a_port_that_does_not_speak_tls_halts(serve: Serve) -> None:
    server = serve(security="implicit", faults=(Fault("tls", "garbage"),))
    assert verdict(send(server)[0]) == ("halted", "tls", "encryption-failed")


@pytest.mark.parametrize(
    ("fault", "outcome", "most"),
    [
        (Fault("auth", "reply", "535 5.7.8 wrong"), Outcome.HALTED, 1),
        (Fault("greeting", "reply", "421 4.3.2 not now"), Outcome.LATER, 2),
        (Fault("greeting", "drop"), Outcome.LATER, 2),
        (Fault("ehlo", "stall"), Outcome.LATER, 1),
    ],
)
def test_a_server_that_turns_us_away_is_left_alone(serve: Serve, fault: Fault, outcome: Outcome, most: int) -> None:
    server = serve(account=("desk", "secret"), faults=(fault,))
    assert send(server, 100, 5)[0].outcome is outcome
    assert server.connections <= most


def test_a_server_without_starttls_halts(serve: Serve) -> None:
    server = serve()
    with Smtp(replace(route(server), security=Security.STARTTLS)).open() as session:
        receipt = session.send([email(1)])[0]
    assert verdict(receipt) == ("halted", "tls", "encryption-not-offered")
    assert server.taken == []


def test_words_slipped_in_before_the_encryption_are_not_believed(serve: Serve) -> None:
    server = serve(security="starttls", faults=(Fault("starttls", "reply", "220 go ahead\r\n250 fine"),))
    assert verdict(send(server)[0]) == ("later", "tls", "answer-not-understood")


@pytest.mark.parametrize(
    ("account", "offered", "expected"),
    [
        (SignIn("desk", "wrong"), ("desk", "secret"), ("halted", "auth", "sign-in-refused")),
        (SignIn("desk", "päss"), ("desk", "secret"), ("halted", "auth", "sign-in-refused")),
        (SignIn("desk", "secret"), None, ("halted", "auth", "sign-in-not-offered")),
        (None, ("desk", "secret"), ("halted", "mail", "sign-in-needed")),
    ],
)
def test_signing_in(
    serve: Serve, account: SignIn | None, offered: tuple[str, str] | None, expected: tuple[str, str, str]
) -> None:
    server = serve(account=offered)
    with Smtp(replace(route(server), sign_in=account)).open() as session:
        receipts = session.send([email(1), email(2)])
    assert verdict(receipts[0]) == expected
    assert receipts[1].outcome is Outcome.UNTRIED
    assert "wrong" not in repr(account)
