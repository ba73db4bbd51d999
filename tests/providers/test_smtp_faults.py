"""Everything that can go wrong on the way to a mail server, compared with what the server says it took."""

from collections import Counter
from dataclasses import replace

import pytest

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.smtp import Smtp, SmtpRoute
from tests.providers.mailtrial import IMPATIENT, ONE_BY_ONE, PIPELINING, Serve, agree, route, send, verdict
from tests.providers.people import email
from tests.standins.smtp import Fault


@pytest.mark.parametrize("extensions", [PIPELINING, ONE_BY_ONE], ids=["pipelined", "one by one"])
@pytest.mark.parametrize(
    ("phase", "reply", "expected"),
    [
        ("greeting", "421 4.3.2 going down", ("later", "greeting", "provider-busy")),
        ("greeting", "451 4.7.0 later", ("later", "greeting", "try-later")),
        ("greeting", "554 5.7.1 not you", ("halted", "greeting", "not-welcome")),
        ("greeting", "250 hello?", ("later", "greeting", "answer-not-understood")),
        ("ehlo", "421 4.3.2 going down", ("later", "ehlo", "provider-busy")),
        ("ehlo", "450 4.7.1 later", ("later", "ehlo", "try-later")),
        ("mail", "451 4.3.0 disk", ("later", "mail", "provider-busy")),
        ("mail", "452 4.7.1 slowly", ("later", "mail", "try-later")),
        ("mail", "550 5.7.1 not from you", ("halted", "mail", "sender-refused")),
        ("mail", "530 5.7.0 sign in", ("halted", "mail", "sign-in-needed")),
        ("mail", "552 5.3.4 too big", ("refused", "mail", "message-too-large")),
        ("mail", "354 what?", ("later", "mail", "answer-not-understood")),
        ("rcpt", "450 4.2.0 greylisted", ("later", "rcpt", "try-later")),
        ("rcpt", "452 4.2.2 full", ("later", "rcpt", "mailbox-full")),
        ("rcpt", "550 5.1.1 <person0@example.net> unknown", ("refused", "rcpt", "address-unknown")),
        ("rcpt", "550 no person0 here", ("refused", "rcpt", "address-refused")),
        ("rcpt", "552 5.2.2 full", ("refused", "rcpt", "mailbox-full")),
        ("rcpt", "554 5.7.1 <person0@example.net>: Relay access denied", ("halted", "rcpt", "relay-refused")),
        ("data", "451 4.3.0 later", ("later", "data", "provider-busy")),
        ("data", "554 5.6.0 no", ("refused", "data", "message-refused")),
        ("data", "250 what?", ("later", "data", "answer-not-understood")),
        ("body", "552 5.3.4 stop", ("refused", "final-dot", "message-too-large")),  # small: the dot had left already
        ("dot", "451 4.7.1 later", ("later", "final-dot", "try-later")),
        ("dot", "421 4.3.2 going down", ("later", "final-dot", "provider-busy")),
        ("dot", "554 5.7.1 spam", ("refused", "final-dot", "blocked")),
        ("dot", "552 5.3.4 too big", ("refused", "final-dot", "message-too-large")),
        ("dot", "354 what?", ("unsure", "final-dot", "no-answer")),
        ("taken", "354 what?", ("unsure", "final-dot", "no-answer")),
    ],
)
def test_replies(
    serve: Serve, extensions: tuple[str, ...], phase: str, reply: str, expected: tuple[str, str, str]
) -> None:
    server = serve(extensions=extensions, faults=(Fault(phase, "reply", reply),))
    assert verdict(send(server)[0]) == expected


_BEFORE = [
    ("connect", "later", "greeting"),
    ("greeting", "later", "greeting"),
    ("ehlo", "later", "ehlo"),
    ("mail", "later", "mail"),
    ("rcpt", "later", "rcpt"),
    ("data", "later", "data"),
]


@pytest.mark.parametrize("extensions", [PIPELINING, ONE_BY_ONE], ids=["pipelined", "one by one"])
@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("drop", "connection-dropped"),
        ("reset", "connection-dropped"),
        ("stall", "timed-out"),
        ("drip", "timed-out"),
        ("garbage", "answer-not-understood"),
        ("huge", "answer-not-understood"),
    ],
)
@pytest.mark.parametrize(
    ("phase", "outcome", "at"),
    [*_BEFORE, ("dot", "unsure", "final-dot"), ("taken", "unsure", "final-dot")],
)
def test_losses(  # noqa: PLR0917  pytest passes them by name
    serve: Serve, extensions: tuple[str, ...], action: str, code: str, phase: str, outcome: str, at: str
) -> None:
    server = serve(extensions=extensions, faults=(Fault(phase, action),))
    receipt = send(server)[0]
    if outcome == "unsure":
        assert verdict(receipt) == ("unsure", at, "no-answer")
        assert receipt.detail == code
    else:
        assert receipt.outcome.value == outcome
        # a reset may overtake what was said before it, and even the connection itself
        assert receipt.phase == at or (action == "reset" and (receipt.phase, at) == ("connect", "greeting"))
        overtaken = action in {"garbage", "huge", "reset"} and receipt.code in {"connection-dropped", "cannot-connect"}
        assert receipt.code == code or overtaken


@pytest.mark.parametrize("phase", ["dot", "taken"])
def test_only_what_was_under_way_is_in_doubt(serve: Serve, phase: str) -> None:
    server = serve(faults=(Fault(phase, "drop", after=5, times=1),))
    receipts = send(server, 40)
    assert Counter(receipt.outcome for receipt in receipts) == {Outcome.ACCEPTED: 39, Outcome.UNSURE: 1}
    assert len(server.taken) == 39 + (phase == "taken")


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
@pytest.mark.parametrize("extensions", [PIPELINING, ONE_BY_ONE], ids=["pipelined", "one by one"])
def test_a_loss_before_the_dot_moves_the_message_to_a_new_connection(
    serve: Serve, extensions: tuple[str, ...], phase: str
) -> None:
    server = serve(extensions=extensions, faults=(Fault(phase, "drop", after=5, times=1),))
    assert {receipt.outcome for receipt in send(server, 20)} == {Outcome.ACCEPTED}
    assert server.connections == 2


def test_a_server_that_closes_idle_connections_costs_nothing(serve: Serve) -> None:
    server = serve()
    batches = [[email(10 * batch + number) for number in range(10)] for batch in range(4)]
    with Smtp(route(server, 2)).open() as session:
        for batch in batches:
            receipts = session.send(batch)
            assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}
            server.hang_up()
    assert len(server.taken) == 40
    assert server.connections <= 8


def test_a_server_that_ends_each_connection_after_some_messages(serve: Serve) -> None:
    server = serve(per_connection=7)
    assert {receipt.outcome for receipt in send(server, 50, 3)} == {Outcome.ACCEPTED}
    assert server.connections >= 8


def test_a_server_that_lets_us_have_fewer_connections_than_we_want(serve: Serve) -> None:
    server = serve(faults=(Fault("greeting", "reply", "421 4.7.0 too many connections", after=2),))
    batches = [[email(100 * batch + number) for number in range(40)] for batch in range(5)]
    with Smtp(route(server, 6)).open() as session:
        for batch in batches:
            assert {receipt.outcome for receipt in session.send(batch)} == {Outcome.ACCEPTED}
    assert server.connections <= 12, "it is not asked again for each batch"


@pytest.mark.parametrize("extensions", [PIPELINING, ONE_BY_ONE, (*PIPELINING, "OPEN-WITHOUT-RCPT")])
def test_refused_recipients_do_not_disturb_the_others(serve: Serve, extensions: tuple[str, ...]) -> None:
    faults = tuple(Fault("rcpt", "reply", "550 5.1.1 unknown", after=place, times=1) for place in range(0, 30, 3))
    server = serve(extensions=extensions, faults=faults)
    receipts = send(server, 30)
    assert Counter(receipt.outcome for receipt in receipts) == {Outcome.ACCEPTED: 20, Outcome.REFUSED: 10}
    assert all(receipt.suppress == (receipt.outcome is Outcome.REFUSED) for receipt in receipts)
    assert server.connections == 1


@pytest.mark.parametrize("security", ["plain", "implicit"])
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("body", "drop"), ("later", "body", "connection-dropped")),
        (Fault("body", "reset"), ("later", "body", "connection-dropped")),
        (Fault("body", "stall"), ("later", "body", "timed-out")),
        (Fault("body", "reply", "552 5.3.4 stop"), ("refused", "body", "message-too-large")),
        (Fault("body", "reply", "421 4.3.2 going down"), ("later", "body", "provider-busy")),
        (Fault("body", "reply", "250 fine already"), ("later", "body", "answer-not-understood")),
    ],
)
def test_before_the_dot_has_left_nothing_is_in_doubt(
    serve: Serve, security: str, fault: Fault, expected: tuple[str, str, str]
) -> None:
    server = serve(security=security, extensions=("PIPELINING", "SIZE"), faults=(fault,))
    large = email(1, b"a line of a letter that does not end\r\n" * 400_000)
    with Smtp(route(server)).open() as session:
        receipts = session.send([large])
    agree([large], receipts, server.taken)
    # the answer may be lost when the server leaves without reading the rest (RFC 1122 section 4.2.2.13)
    assert verdict(receipts[0]) in {expected, ("later", "body", "connection-dropped")}


def test_a_halt_leaves_the_rest_untried(serve: Serve) -> None:
    server = serve(faults=(Fault("mail", "reply", "550 5.7.1 not from you", after=10),))
    receipts = send(server, 100, 2)
    assert receipts[0].outcome is Outcome.ACCEPTED
    counts = Counter(receipt.outcome for receipt in receipts)
    assert counts[Outcome.ACCEPTED] == 10
    assert 1 <= counts[Outcome.HALTED] <= 2
    assert counts[Outcome.UNTRIED] == 100 - 10 - counts[Outcome.HALTED]


def test_nobody_there_puts_everything_off(serve: Serve) -> None:
    server = serve()
    nowhere = replace(route(server, 3), port=1)
    with Smtp(nowhere).open() as session:
        receipts = session.send([email(number) for number in range(30)])
    assert {verdict(receipt) for receipt in receipts} == {("later", "connect", "cannot-connect")}


@pytest.mark.parametrize("host", ["nowhere.invalid", "a..b", "x" * 80 + ".example"])
def test_a_host_that_is_none_puts_everything_off(host: str) -> None:
    with Smtp(SmtpRoute(host, 25, patience=IMPATIENT)).open() as session:
        receipts = session.send([email(number) for number in range(3)])
    assert {verdict(receipt) for receipt in receipts} == {("later", "connect", "name-not-found")}


def test_a_server_that_comes_back_is_found_again(serve: Serve) -> None:
    server = serve(faults=(Fault("greeting", "drop", times=2),))
    with Smtp(route(server)).open() as session:
        assert session.send([email(1)])[0].outcome is Outcome.LATER
        assert session.send([email(2)])[0].outcome is Outcome.ACCEPTED


def test_one_more_try_to_connect_is_made(serve: Serve) -> None:
    server = serve(faults=(Fault("greeting", "drop", times=1),))
    assert send(server)[0].outcome is Outcome.ACCEPTED


def test_a_server_that_always_hangs_up_does_not_get_the_whole_batch_to_chew(serve: Serve) -> None:
    server = serve(faults=(Fault("dot", "drop"),))
    receipts = send(server, 100, 3)
    counts = Counter(receipt.outcome for receipt in receipts)
    assert counts[Outcome.UNSURE] <= 9
    assert counts[Outcome.UNSURE] + counts[Outcome.LATER] == 100


def test_an_old_server_without_ehlo_gets_its_mail(serve: Serve) -> None:
    server = serve(faults=(Fault("ehlo", "reply", "500 what?"),))
    assert send(server)[0].outcome is Outcome.ACCEPTED


def test_a_message_over_the_servers_limit_is_not_even_begun(serve: Serve) -> None:
    server = serve(extensions=("PIPELINING", "SIZE 2000"))
    batch = [email(1, b"x" * 70 + b"\r\n"), email(2, b"x\r\n" * 1000), email(3)]
    with Smtp(route(server)).open() as session:
        receipts = session.send(batch)
    assert [receipt.code for receipt in receipts] == ["", "message-too-large", ""]
    agree(batch, receipts, server.taken)
