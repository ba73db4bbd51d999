"""Servers that offer PIPELINING and turn down what comes early, and those that mean what they say."""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from broadcaster.domain.delivery.mail_routes import LIMIT_KEPT_FOR, EnvelopePipelining, PipeliningLimit
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.smtp import Smtp
from tests.providers.mailtrial import Serve, agree, route
from tests.providers.people import email
from tests.standins.smtp import Fault, StandIn

HARAKA = "503 Bad sequence of commands - pipelined after end of DATA"


def send(provider: Smtp, server: StandIn, numbers: Sequence[int]) -> list[Receipt]:
    batch = [email(number) for number in numbers]
    with provider.open() as session:
        receipts = session.send(batch)
    agree(batch, receipts, server.taken)
    return receipts


def early(server: StandIn) -> int:
    """How many commands came before their time."""
    return server.counts.seen.get("early", 0)


@pytest.mark.parametrize("code", [500, 501, 502, 503])
@pytest.mark.parametrize("connections", [1, 3])
def test_what_is_turned_down_behind_the_dot_is_said_again(serve: Serve, code: int, connections: int) -> None:
    server = serve(early_after_dot=HARAKA.replace("503", str(code)))
    provider = Smtp(route(server, connections))
    assert {one.outcome for one in send(provider, server, range(30))} == {Outcome.ACCEPTED}
    assert 3 <= early(server) <= 3 * connections, "one message of each connection at most had to be said again"
    found = provider.found_out()
    assert found is not None
    assert found.way is EnvelopePipelining.GROUP
    assert provider.found_out() is None, "it is found out once"


def test_what_was_found_out_is_gone_by(serve: Serve) -> None:
    server = serve(early_after_dot=HARAKA)
    provider = Smtp(route(server))
    provider.recall(PipeliningLimit(EnvelopePipelining.GROUP, datetime.now(UTC)))
    send(provider, server, range(10))
    assert early(server) == 0
    assert provider.found_out() is None


def test_what_was_found_out_long_ago_is_tried_again(serve: Serve) -> None:
    server = serve()
    provider = Smtp(route(server))
    provider.recall(
        PipeliningLimit(EnvelopePipelining.ONE_BY_ONE, datetime.now(UTC) - LIMIT_KEPT_FOR - timedelta(days=1))
    )
    assert provider.pipelining.quickest is EnvelopePipelining.BEHIND_DOT
    again = serve(early_after_dot=HARAKA)
    other = Smtp(route(again))
    other.recall(PipeliningLimit(EnvelopePipelining.GROUP, datetime.now(UTC) - LIMIT_KEPT_FOR - timedelta(days=1)))
    send(other, again, range(5))
    found = other.found_out()
    assert found is not None
    assert found.is_current(datetime.now(UTC))


def test_a_server_that_takes_no_group_is_told_one_by_one(serve: Serve) -> None:
    server = serve(early_after_mail="503 5.5.1 not so fast", early_after_dot="502 not so fast")
    provider = Smtp(route(server))
    assert {one.outcome for one in send(provider, server, range(10))} == {Outcome.ACCEPTED}
    found = provider.found_out()
    assert found is not None
    assert found.way is EnvelopePipelining.ONE_BY_ONE
    before = early(server)
    send(provider, server, range(10, 20))
    assert early(server) == before


@pytest.mark.parametrize(
    ("phase", "reply", "code", "suppress"),
    [
        ("rcpt", "501 5.1.3 cannot be an address", "address-malformed", True),
        ("rcpt", "501 cannot be an address, or so", "message-refused", False),
        ("rcpt", "503 5.5.1 not now", "message-refused", False),
        ("mail", "503 not now", "message-refused", False),
        ("mail", "501 5.5.4 what parameter?", "message-refused", False),
        ("data", "502 not known here", "message-refused", False),
    ],
)
def test_the_same_answer_by_itself_is_the_servers_word(
    serve: Serve, phase: str, reply: str, code: str, suppress: bool
) -> None:
    """It is about that message alone, and the route stays as quick as it was."""
    server = serve(faults=(Fault(phase, "reply", reply, after=2, times=2),))
    provider = Smtp(route(server))
    receipts = send(provider, server, range(8))
    assert [(one.outcome, one.code, one.suppress) for one in receipts if one.outcome is not Outcome.ACCEPTED] == [
        (Outcome.REFUSED, code, suppress)
    ]
    assert receipts[2].code == code, "the message that was turned down, and no other"
    assert provider.found_out() is None
    assert provider.pipelining.quickest is EnvelopePipelining.BEHIND_DOT


@pytest.mark.parametrize("reply", ["501 5.1.8 your domain is unknown", "503 5.7.1 not you"])
def test_a_sender_that_is_turned_down_by_name_still_halts(serve: Serve, reply: str) -> None:
    server = serve(faults=(Fault("mail", "reply", reply, after=2),))
    receipts = send(Smtp(route(server)), server, range(5))
    assert [one.outcome for one in receipts] == [*[Outcome.ACCEPTED] * 2, Outcome.HALTED, *[Outcome.UNTRIED] * 2]


def test_a_server_that_wants_a_sign_in_first_halts(serve: Serve) -> None:
    server = serve(faults=(Fault("mail", "reply", "503 Error: need EHLO and AUTH first !"),))
    receipts = send(Smtp(route(server)), server, range(3))
    assert [one.code for one in receipts] == ["sign-in-needed", "not-tried", "not-tried"]


def test_a_message_that_is_lost_after_it_was_put_back_is_not_lost(serve: Serve) -> None:
    """The connection ends just as the message is said by itself; another one carries it."""
    server = serve(early_after_dot=HARAKA, faults=(Fault("rset", "drop", times=1),))
    receipts = send(Smtp(route(server, 2)), server, range(12))
    assert {one.outcome for one in receipts} == {Outcome.ACCEPTED}


EXIM = "250 OK id=1s4Hd5-0003Ab-{:02X}"


@pytest.mark.parametrize(
    ("plan", "most", "connections"),
    [({}, None, 1), ({}, 7, 5), ({"took": EXIM}, None, 4), ({"took": EXIM}, 50, 1), ({}, 1, 35)],
)
def test_a_connection_carries_so_many_messages_and_no_more(
    serve: Serve, plan: dict[str, str], most: int | None, connections: int
) -> None:
    """Exim takes more than ten, and lets them lie; it is known by how it names what it takes."""
    server = serve(**plan)
    there = dataclasses.replace(route(server), messages_per_connection=most)
    assert {one.outcome for one in send(Smtp(there), server, range(35))} == {Outcome.ACCEPTED}
    assert server.connections == connections
