"""The plumbing that the stand-ins of HTTP APIs share."""

import contextlib
import http.client
import json
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.standins.http import Answer, Fault, HttpPlan, HttpStandIn, Request, form, reply_json
from tests.standins.json_lines import read_json_lines


class Echo(HttpStandIn):
    """Takes every form and says what was in it."""

    def answer(self, request: Request) -> tuple[Answer, Callable[[], None] | None]:
        fields = form(request)
        return reply_json(201, fields), lambda: self.ledger.write(fields)


def ask(server: Echo, body: str, times: int = 1) -> list[tuple[int, bytes]]:
    context = ssl.create_default_context(cafile=str(server.ca_file))
    connection = http.client.HTTPSConnection("localhost", server.port, timeout=0.3, context=context)
    answers = []
    with contextlib.closing(connection):
        for _ in range(times):
            connection.request("POST", "/there?x=1", body)
            with connection.getresponse() as answer:
                answers.append((answer.status, answer.read()))
    return answers


def test_what_is_taken_stands_in_the_ledger_and_the_connection_is_kept(tmp_path: Path) -> None:
    with Echo(HttpPlan(), tmp_path) as server:
        assert ask(server, "to=somebody&blank=", 3) == [(201, b'{"to": "somebody", "blank": ""}')] * 3
        assert server.connections == 1
        assert [request.path for request in server.requests] == ["/there"] * 3
    assert read_json_lines(server.ledger.path) == [{"to": "somebody", "blank": ""}] * 3


@pytest.mark.parametrize(("phase", "taken"), [("head", 0), ("before", 0), ("after", 1)])
@pytest.mark.parametrize("action", ["drop", "reset", "cut", "garbage", "huge-head", "stall"])
def test_faults(tmp_path: Path, phase: str, taken: int, action: str) -> None:
    with Echo(HttpPlan(faults=(Fault(phase, action, match="" if phase == "head" else "bad"),)), tmp_path) as server:
        with pytest.raises((http.client.HTTPException, OSError)):
            ask(server, "to=bad")
        assert len(read_json_lines(server.ledger.path)) == taken


def test_a_planned_reply_comes_as_often_as_it_was_planned(tmp_path: Path) -> None:
    plan = HttpPlan.from_json(json.dumps({"faults": [{"phase": "before", "action": "reply", "after": 1, "times": 1}]}))
    with Echo(plan, tmp_path) as server:
        assert [status for status, _ in ask(server, "to=x", 3)] == [201, 500, 201]
        assert len(read_json_lines(server.ledger.path)) == 2


@pytest.mark.parametrize("certificate", ["other", "untrusted"])
def test_wrong_certificates(tmp_path: Path, certificate: str) -> None:
    with Echo(HttpPlan(certificate=certificate), tmp_path) as server, pytest.raises(ssl.SSLCertVerificationError):
        ask(server, "to=x")
