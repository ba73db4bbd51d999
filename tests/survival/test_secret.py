"""A canary goes the whole way: whoever reads logs, the database, crash output or what providers keep never meets it."""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.delivery.reports import Report
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.providers.base import HookRequest
from broadcaster.providers.sendgrid import SendGridHook
from broadcaster.providers.smtp.bounces.bounce_reader import read_bounce
from broadcaster.providers.twilio.hooks import read_hook
from broadcaster.services.delivering.handover import Handover
from broadcaster.services.feedback import provider_reports
from tests import projects
from tests.commandline import Run, runner
from tests.projects import CAMPAIGN
from tests.standins.http import Fault, Request
from tests.standins.sendgrid import KEY, SendGridPlan, SendGridStandIn
from tests.standins.sendgridevents import Signer, body_of, event
from tests.standins.twilio import SID, TOKEN, TwilioPlan, TwilioStandIn, attempt_of
from tests.standins.twiliohooks import Hook
from tests.survival.trial import SEND

CANARY = {"name": "Zarqa Canarybird", "email": "zarqa.canarybird@example.org", "phone": "+447700900777"}
WORDS = ("zarqa", "canarybird", "7700900777", "canaryborough")
"""What of the canary must never show, in any case and however it is encoded."""

OURS = (CAMPAIGN, projects.LETTER, projects.AUDIENCE)
"""Names that tell what somebody was written to about; nobody outside needs them."""


def _found(stored: bytes, words: tuple[str, ...] = WORDS) -> list[str]:
    forms = (stored.lower(), unquote(stored.decode("latin-1")).lower().encode("utf-8"))
    return [
        word for word in words if any(word.encode(code) in form for form in forms for code in ("utf-8", "utf-16-le"))
    ]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Everything that anybody logs, at the lowest level."""
    path = tmp_path / "everything.log"
    handler = logging.FileHandler(path)
    root, before = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.NOTSET)
    for name in ("twilio", "twilio.http_client", "twilio.async_http_client", "python_http_client.client", "urllib3"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield path
    root.removeHandler(handler)
    root.setLevel(before)
    handler.close()


@pytest.fixture
def servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[SendGridStandIn, TwilioStandIn]]:
    for name, value in {"SENDGRID_API_KEY": KEY, "TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN}.items():
        monkeypatch.setenv(name, value)
    for name in ("mail", "texts"):
        (tmp_path / name).mkdir()
    with (
        SendGridStandIn(SendGridPlan(), tmp_path / "mail") as mail,
        TwilioStandIn(TwilioPlan(senders=("Ashmere",)), tmp_path / "texts") as texts,
    ):
        yield mail, texts


@pytest.fixture
def folder(tmp_path: Path, servers: tuple[SendGridStandIn, TwilioStandIn]) -> Path:
    mail, texts = servers
    sendgrid = {"api_key_env": "SENDGRID_API_KEY", "host": mail.url, "ca_file": str(mail.ca_file), "timeout": "3s"}
    twilio = {
        "account_sid_env": "TWILIO_ACCOUNT_SID",
        "auth_token_env": "TWILIO_AUTH_TOKEN",
        "url": texts.url,
        "ca_file": str(texts.ca_file),
        "timeout": "3s",
    }
    made = projects.make_project(
        tmp_path / "project",
        [CANARY | {"borough": "Canaryborough"}, projects.person(1, phone="+447700900001")],
        {"en": projects.ENGLISH.replace("borough }}.{% endb", "borough }}. {{ links.unsubscribe }}{% endb")},
        providers={"email": "sendgrid", "sms": "twilio", "sendgrid": sendgrid, "twilio": twilio},
        campaigns={CAMPAIGN: {"channel": "both"}},
    )
    projects.approve(made)
    return made


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(folder, monkeypatch, capsys)


def _keep_secret(folder: Path, log: Path, printed: str) -> None:
    assert _found(log.read_bytes()) == [], "in the log"
    assert _found(printed.encode()) == [], "on the screen"
    for file in (folder / "var").rglob("*"):
        if file.is_file():
            assert _found(file.read_bytes()) == [], f"in {file.name}"
            assert _found(file.name.encode()) == [], "in a file's name"


def test_the_search_finds_a_canary(log: Path) -> None:
    assert _found(b"to=%2B447700900777&name=Zarqa") == ["zarqa", "7700900777"]
    assert _found("Canarybird".encode("utf-16-le")) == ["canarybird"]
    logging.getLogger("twilio.http_client").debug("To=%s", CANARY["phone"])
    assert _found(log.read_bytes()) == ["7700900777"]


@pytest.mark.parametrize(
    "faults",
    [
        (),
        (Fault("before", "reply", 400, body="zarqa.canarybird@example.org +447700900777 is not valid", times=9),),
        (Fault("after", "reply", 500, body='{"errors": [{"message": "for Zarqa.Canarybird@example.org"}]}'),),
        (Fault("after", "garbage"),),
        (Fault("before", "stall"),),
    ],
    ids=["all is well", "refused by name", "failed by name", "garbage", "no answer"],
)
def test_the_canary_is_found_nowhere(
    folder: Path, run: Run, log: Path, servers: tuple[SendGridStandIn, TwilioStandIn], faults: tuple[Fault, ...]
) -> None:
    mail, texts = servers
    mail.plan, texts.plan = SendGridPlan(faults=faults), TwilioPlan(senders=("Ashmere",), faults=faults)
    said = [run(*SEND), run("status"), run("status", "--json"), run(*SEND)]
    assert [*mail.requests, *texts.requests]  # what halts at one may come before the other was asked anything
    _keep_secret(folder, log, "".join(one.out + one.err for one in said))


NAMED = (
    "550 5.1.1 User Zarqa Canarybird not listed in Domino Directory CN=Zarqa Canarybird/OU=Canaryborough",
    "550 5.1.1 zarqa.canarybird: unknown user; see /home/zarqa, zarqa%2Ecanarybird%40example.org",
    '550 5.1.1 "Zarqa C. Canarybird"@Canaryborough.example (was zcanarybird77) +44 7700 900777 07700-900777',
    "552 5.2.2 ZarqaCanarybird over quota \ud83d",
)


@pytest.mark.parametrize("words", NAMED)
def test_what_is_reported_names_nobody(
    folder: Path, run: Run, log: Path, servers: tuple[SendGridStandIn, TwilioStandIn], words: str
) -> None:
    said = [run(*SEND)]
    mail, texts = servers
    [email] = [one for one in mail.taken if one.to == CANARY["email"]]
    [text] = [one for one in texts.taken if one["to"] == CANARY["phone"]]
    signer = Signer()
    told = event("bounce", email.attempt, reason=words, email=CANARY["email"], type="bounce", status="5.1.1")
    body = body_of([told])
    headers = {name.lower(): value for name, value in signer.headers(body).items()}
    with open_project(folder) as project:
        base = f"{project.settings.public_url}/hooks"
        reports = SendGridHook(signer.public_key).read(HookRequest(f"{base}/sendgrid", "", headers, body))
        attempt = attempt_of(text)
        more = {"ErrorCode": "30003", "ErrorMessage": words.encode("utf-8", "ignore").decode(), "To": CANARY["phone"]}
        undelivered = Hook(f"{base}/twilio").status(attempt, text["sid"], "undelivered", **more)
        returned = read_bounce(_bounce(email.attempt.partition("-")[0], words), datetime.now(UTC))
        assert returned is not None
        provider_reports.receive(project, "sendgrid", [one for one in reports if isinstance(one, Report)])
        provider_reports.receive(project, "smtp", [returned])
        provider_reports.receive(
            project, "twilio", [one for one in read_hook(undelivered, TOKEN) if isinstance(one, Report)]
        )
        _keep_secret(folder, log, "")  # as it waits
        assert provider_reports.apply(project) == 3
        with project.ledger.reading() as conn:
            [broadcast] = broadcasts.list_recent(conn)
    said += [run("status"), run("status", "--json"), run("status", broadcast.id)]
    assert "2 came back" in said[-1].out
    _keep_secret(folder, log, "".join(one.out + one.err for one in said))


def _bounce(delivery: str, words: str) -> bytes:
    return (
        f"Delivered-To: bounces+{delivery}@letters.example\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; other@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        f"Diagnostic-Code: smtp; {words}\r\n\r\n--b--\r\n"
    ).encode("utf-8", "replace")


def test_a_crash_tells_nothing(folder: Path, run: Run, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def choke(self: object, batch: Any) -> None:
        raise RuntimeError(f"could not deliver {[one.payload for one in batch.claimed]}")

    monkeypatch.setattr(Handover, "deliver", choke)
    said = run(*SEND)
    assert said.code == 1
    _keep_secret(folder, log, said.out + said.err)


def _outward(request: Request) -> Mapping[str, str]:
    """What of a request is not the message itself: its address, its headers, what stands beside the letter."""
    outward = {"target": request.target, **dict(request.headers)}
    if request.headers.get("content-type", "").startswith("application/json"):
        document = json.loads(request.body)
        people = document.pop("personalizations")
        document.pop("content")
        outward["beside"] = json.dumps(document)
        outward["each"] = json.dumps(
            [[one["custom_args"], one["headers"], one.get("categories"), list(one["substitutions"])] for one in people]
        )
    elif request.body:
        fields = dict(parse_qsl(request.body.decode()))
        assert set(fields) - {"To", "Body"}
        outward["beside"] = json.dumps({name: value for name, value in fields.items() if name not in ("To", "Body")})
    return outward


def test_providers_are_told_the_message_and_nothing_beside_it(
    run: Run, servers: tuple[SendGridStandIn, TwilioStandIn]
) -> None:
    assert run(*SEND).code == 0
    mail, texts = servers
    requests = [*mail.requests, *texts.requests]
    assert len(requests) >= 3
    for request in requests:
        for where, what in _outward(request).items():
            assert _found(what.encode(), (*WORDS, *OURS)) == [], where


def test_every_link_is_a_token_and_nothing_else(
    folder: Path, run: Run, servers: tuple[SendGridStandIn, TwilioStandIn]
) -> None:
    assert run(*SEND).code == 0
    mail, texts = servers
    whole = "".join(one.text + one.html + json.dumps(dict(one.headers)) for one in mail.taken)
    whole += "".join(one["body"] + " " for one in texts.taken)
    with open_project(folder) as project:
        base = str(project.settings.public_url)
    links = {part.split('"')[0].split("<")[0].split(">")[0].split()[0] for part in whole.split(base)[1:]}
    assert len(links) >= 6
    for link in links:
        parts = urlsplit(link)
        assert not parts.query
        # A way to say no names the language of its letter, so that its page comes in it.
        assert re.fullmatch(r"[A-Za-z0-9_-]{22}(\.[a-z]{2,3})?\)?", parts.path.strip("/").rpartition("/")[2]), link
        assert _found(link.encode(), (*WORDS, *OURS)) == []
