"""A text on its whole way: signed by Twilio's own SDK, over HTTP, into the ledger, and back as TwiML."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # it has no stubs

from broadcaster.bootstrap.wiring import open_project
from broadcaster.config.field_types.scalars import ListenAddress
from broadcaster.services.project.project import Project
from broadcaster.services.recipients import suppression_list
from broadcaster.services.replies import inbound_texts
from broadcaster.services.reporting.broadcast_status import count_unseen_replies
from broadcaster.web import serve_web
from tests.projects import make_project, person
from tests.web.browsing import Answer, Client

TOKEN = "0123456789abcdef0123456789abcdef"
PATH = "/hooks/twilio/inbound"
PUBLIC = "https://letters.example.org"
CORA = "+447700900222"
ENVIRON = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": TOKEN}
SETTINGS = {
    "account_sid_env": "TWILIO_ACCOUNT_SID",
    "auth_token_env": "TWILIO_AUTH_TOKEN",
    "messaging_service_sid": "MG" + "0" * 32,
}

Texts = Callable[..., Answer]

_numbers = count(1)


@contextmanager
def opened(folder: Path) -> Iterator[tuple[Project, Texts]]:
    with open_project(folder, ENVIRON) as project:
        ended = threading.Event()
        with serve_web(project, ListenAddress("127.0.0.1", 0), ended.set) as address:

            def texts(body: str, sid: str = "", token: str = TOKEN, **more: str) -> Answer:
                sid = sid or f"SM{next(_numbers):032}"
                form = {"MessageSid": sid, "From": CORA, "To": "+447700900999", "Body": body, "NumMedia": "0"} | more
                signature = RequestValidator(token).compute_signature(PUBLIC + PATH, form)
                return Client(address).post(PATH, urlencode(form).encode(), **{"X-Twilio-Signature": signature})

            yield project, texts


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[Project, Texts]]:
    """A project with an account at Twilio, answering on loopback, and a way to text it."""
    rows = [person(1, email="", phone=CORA)]
    providers = {"email": "outbox", "sms": "outbox", "twilio": SETTINGS}
    with opened(make_project(tmp_path / "project", people=rows, providers=providers)) as house:
        yield house


def _said(answer: Answer) -> str:
    """The text that Twilio is to send back."""
    assert answer.status == 200
    return "".join(ET.fromstring(answer.body).itertext())  # noqa: S314 (our own answer)


def test_stop_start_help_and_anything_else(house: tuple[Project, Texts]) -> None:
    project, texts = house
    assert "no more texts" in _said(texts("Stop."))
    assert [one.reason for one in suppression_list.list_suppressions(project)] == ["stop"]
    assert "texts again" in _said(texts("START"))
    assert suppression_list.list_suppressions(project) == []
    assert "This is Ashmere Police" in _said(texts("HELP"))
    assert _said(texts("We have got to STOP this bill")).startswith("In an emergency call 999.")
    assert _said(texts("hello?")) == ""
    assert count_unseen_replies(project) == (3, 1)


def test_what_twilio_did_itself_is_followed_in_silence(house: tuple[Project, Texts]) -> None:
    project, texts = house
    assert _said(texts("STOP", OptOutType="STOP")) == ""
    assert [one.reason for one in suppression_list.list_suppressions(project)] == ["stop"]
    assert _said(texts("START", OptOutType="START")) == ""
    assert suppression_list.list_suppressions(project) == []


def test_what_a_bank_writes_is_listed_and_not_answered(house: tuple[Project, Texts]) -> None:
    project, texts = house
    assert _said(texts("STOP", From="60006")) == ""
    assert suppression_list.list_suppressions(project) == []
    assert [one.words.sender for one in inbound_texts.list_replies(project)] == ["60006"]


def test_what_is_brought_again_or_was_not_signed_changes_nothing(house: tuple[Project, Texts]) -> None:
    project, texts = house
    assert _said(texts("hello", sid="SM1" + "0" * 31))
    assert _said(texts("hello", sid="SM1" + "0" * 31)) == ""
    assert texts("STOP", token="f" * 32).status == 403
    assert suppression_list.list_suppressions(project) == []
    assert count_unseen_replies(project) == (1, 0)


@pytest.mark.parametrize("body", ["", "x" * 1_600, "\x1b[2J", "\u202e", "'; DROP TABLE replies; --", "<Say>&amp;"])
def test_hostile_texts_and_pictures_alone(house: tuple[Project, Texts], body: str) -> None:
    project, texts = house
    assert _said(texts(body, NumMedia="1")).startswith("In an emergency call 999.")
    (found,) = inbound_texts.list_replies(project)
    assert found.words.body == body
