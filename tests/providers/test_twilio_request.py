"""What is asked of Twilio, compared with its published description, and what must never be in it."""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from openapi_schema_validator import OAS30Validator

from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.twilio import Twilio
from broadcaster.providers.twilio.account import TwilioAccount
from broadcaster.providers.twilio.request import message_parameters
from tests.providers.people import sms
from tests.providers.twiliotrial import HOOKS, Serve, account, send
from tests.standins.http import form
from tests.standins.twilio import SERVICE, SID, TOKEN, TwilioPlan, TwilioStandIn

DESCRIPTION = Path(os.environ.get("BROADCASTER_OPENAPI", "")) / "twilio_messages_2010.json"
MOMENT = datetime(2026, 12, 1, 9, tzinfo=UTC)
LIST = "/2010-04-01/Accounts/{AccountSid}/Messages.json"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda **plan: stack.enter_context(TwilioStandIn(TwilioPlan(**plan), tmp_path))


@pytest.mark.parametrize("service", [None, SERVICE])
def test_the_request(serve: Serve, service: str | None) -> None:
    server = serve()
    message = replace(sms(1, "Peace & quiet: 100% \u00a3 \u0633\u0644\u0627\u0645"))
    with Twilio(replace(account(server), messaging_service_sid=service)).open() as session:
        assert session.send([message])[0].outcome is Outcome.ACCEPTED
    [request] = server.requests
    ways = {"MessagingServiceSid": SERVICE, "ShortenUrls": "false"} if service else {"From": "Example"}
    assert form(request) == {
        "To": message.to,
        "Body": message.body,
        "StatusCallback": f"{HOOKS}/status/attempt1#rc=5&rp=all",
        "ValidityPeriod": "36000",
        "SmartEncoded": "false",
        **ways,
    }
    assert request.target == f"/2010-04-01/Accounts/{SID}/Messages.json"
    assert "900001" not in f"{request.headers}"


def test_without_a_public_address_nothing_is_reported_back() -> None:
    asked = message_parameters(sms(1), TwilioAccount(SID, TOKEN), MOMENT)
    assert isinstance(asked, dict)
    assert "status_callback" not in asked


@pytest.mark.parametrize(
    ("left", "expected"),
    [(None, 36_000), (100_000, 36_000), (36_000, 36_000), (600.9, 600), (60, 60)],
)
def test_validity(left: float | None, expected: int) -> None:
    until = None if left is None else MOMENT + timedelta(seconds=left)
    asked = message_parameters(replace(sms(1), valid_until=until), TwilioAccount(SID, TOKEN), MOMENT)
    assert isinstance(asked, dict)
    assert asked["validity_period"] == expected


@pytest.mark.parametrize(("left", "named"), [(59.9, 60), (1, 2), (0, 1), (-5, 1)])
def test_with_less_than_a_minute_left_it_waits(left: float, named: int) -> None:
    put_off = message_parameters(
        replace(sms(1), valid_until=MOMENT + timedelta(seconds=left)), TwilioAccount(SID, TOKEN), MOMENT
    )
    assert isinstance(put_off, Receipt)
    assert (put_off.outcome, put_off.retry_after) == (Outcome.LATER, named)


def test_just_before_quiet_hours_nothing_is_handed_over(serve: Serve) -> None:
    server = serve()
    batch = [sms(1), replace(sms(2), valid_until=datetime.now(UTC) + timedelta(seconds=50)), sms(3)]
    with Twilio(account(server)).open() as session:
        receipts = session.send(batch)
    assert [receipt.outcome for receipt in receipts] == [Outcome.ACCEPTED, Outcome.LATER, Outcome.ACCEPTED]
    assert (receipts[1].phase, receipts[1].code) == ("hours", "quiet-hours-near")


def test_a_text_whose_turn_comes_late_is_not_handed_over_into_the_night(serve: Serve) -> None:
    """Twilio takes its time with the first ones; when the last have their turn, less than a minute is left."""
    server = serve(latency=0.3)
    until = datetime.now(UTC) + timedelta(seconds=61)
    with Twilio(account(server)).open() as session:
        receipts = session.send([replace(sms(number), valid_until=until) for number in range(8)])
    assert receipts[0].outcome is Outcome.ACCEPTED
    assert (receipts[-1].outcome, receipts[-1].phase) == (Outcome.LATER, "hours")
    ended = datetime.now(UTC)
    assert all(
        ended + timedelta(seconds=int(line["validity"])) <= until + timedelta(seconds=5) for line in server.taken
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "message-malformed"),
        (" \n", "message-malformed"),
        ("x" * 1601, "message-too-large"),
        ("half \ud83d", "message-malformed"),
    ],
)
def test_what_cannot_be_a_text_is_not_handed_over(serve: Serve, body: str, code: str) -> None:
    server = serve()
    with Twilio(account(server)).open() as session:
        receipts = session.send([sms(1, body), sms(2)])
    assert [(one.outcome, one.code) for one in receipts] == [(Outcome.REFUSED, code), (Outcome.ACCEPTED, "")]


def test_nothing_of_a_message_is_logged(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    send(serve(numbers={"+447700900002": 21211}), 5, 2)
    assert "7700900" not in caplog.text
    assert "Peace" not in caplog.text
    assert TOKEN not in caplog.text


def test_the_environment_changes_nothing(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TWILIO_EDGE", "TWILIO_REGION", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        monkeypatch.setenv(name, "sydney")
    assert send(serve())[0].outcome is Outcome.ACCEPTED


def test_a_secret_is_not_shown() -> None:
    assert TOKEN not in repr(Twilio(TwilioAccount(SID, TOKEN)))


@pytest.mark.skipif(not DESCRIPTION.is_file(), reason="BROADCASTER_OPENAPI names no folder with the description")
@pytest.mark.parametrize("service", [None, SERVICE])
def test_requests_and_the_stand_in_hold_against_the_published_description(serve: Serve, service: str | None) -> None:
    described = json.loads(DESCRIPTION.read_text())
    server = serve()
    twilio = Twilio(replace(account(server), messaging_service_sid=service))
    with twilio.open() as session:
        session.send([replace(sms(1), valid_until=datetime.now(UTC) + timedelta(hours=1))])
    asked = described["paths"][LIST]["post"]
    schema = asked["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    fields = {name: _typed(schema["properties"][name], value) for name, value in form(server.requests[0]).items()}
    _check({**schema, "additionalProperties": False}, fields, described)
    answer, _ = server.answer(server.requests[0])
    made = asked["responses"][str(answer.status)]["content"]["application/json"]["schema"]
    _check(made, json.loads(answer.body), described)


def _typed(schema: dict[str, Any], value: str) -> object:
    kinds = {"integer": int, "boolean": {"true": True, "false": False}.__getitem__}
    return kinds.get(schema.get("type", ""), str)(value)  # type: ignore[operator]  # each takes a text


def _check(schema: dict[str, Any], instance: object, described: dict[str, Any]) -> None:
    OAS30Validator({**schema, "components": described["components"]}).validate(instance)


def test_parameters_of_the_query_are_those_of_the_list(serve: Serve) -> None:
    server = serve()
    with Twilio(account(server)).open() as session:
        session.send([sms(1)])
    from tests.providers.test_twilio_unsure_texts import doubt  # noqa: PLC0415  the same words for the same thing

    Twilio(account(server)).evidence([doubt(sms(1))])
    assert parse_qs(server.requests[-1].target.partition("?")[2]) == {"To": ["+447700900001"], "PageSize": ["50"]}
