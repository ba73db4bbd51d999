"""There and back: `serve` as a process, two providers and their reports, a STOP and an unsubscribe in between."""

import json
import random
import re
import signal
import socket
import subprocess
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.ledger.recipients import suppressions
from tests import projects
from tests.commandline import command, environment, process
from tests.projects import CAMPAIGN
from tests.standins.sendgrid import KEY, SendGridPlan, SendGridStandIn
from tests.standins.sendgridevents import Signer, event
from tests.standins.twilio import SID, TOKEN, TwilioPlan, TwilioStandIn, attempt_of
from tests.standins.twiliohooks import Hook

PEOPLE = 30
SECRETS = {"SENDGRID_API_KEY": KEY, "TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN}


def _until(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.05)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def _serving(folder: Path, port: int) -> Iterator[None]:
    """`broadcaster serve`, from when it answers until it has ended well."""
    served = subprocess.Popen(
        command(folder, "serve"), env=environment(SECRETS), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        _until(lambda: _answers(port))
        yield
    finally:
        served.send_signal(signal.SIGTERM)
        _, said = served.communicate(timeout=200)
    assert served.returncode == 0, said
    assert "Traceback" not in said


def _answers(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[SendGridStandIn]:
    (tmp_path / "mail").mkdir()
    with SendGridStandIn(SendGridPlan(), tmp_path / "mail") as server:
        yield server


@pytest.fixture
def texts(tmp_path: Path) -> Iterator[TwilioStandIn]:
    (tmp_path / "texts").mkdir()
    with TwilioStandIn(TwilioPlan(senders=("+447700900999",)), tmp_path / "texts") as server:
        yield server


def _project(folder: Path, base: str, signer: Signer, mail: SendGridStandIn, texts: TwilioStandIn) -> Path:
    projects.make_project(
        folder,
        [projects.person(n, phone=f"+447700900{n:03}") for n in range(PEOPLE)],
        public_url=base,
        listen=base.partition("//")[2],
        providers={
            "email": "sendgrid",
            "sms": "twilio",
            "sendgrid": {
                "api_key_env": "SENDGRID_API_KEY",
                "host": mail.url,
                "ca_file": str(mail.ca_file),
                "webhook_key": signer.public_key,
            },
            "twilio": {
                "account_sid_env": "TWILIO_ACCOUNT_SID",
                "auth_token_env": "TWILIO_AUTH_TOKEN",
                "url": texts.url,
                "ca_file": str(texts.ca_file),
            },
        },
        # Texts go slowly: two batches, and between them time enough to say no.
        pace={"sendgrid": "1000/s", "twilio": "4/s"},
        campaigns={CAMPAIGN: {"channel": "both"}},
        signatories={"officer": {"sms_sender": "+447700900999"}},
    )
    projects.approve(folder)
    return folder


def _deliveries(folder: Path) -> dict[str, int]:
    said = process(folder, "status", "--json", environ={})
    states: dict[str, int] = said.json["broadcasts"][0]["deliveries"]
    return states


def test_there_and_back(tmp_path: Path, mail: SendGridStandIn, texts: TwilioStandIn) -> None:
    port = _free_port()
    base, signer = f"http://127.0.0.1:{port}", Signer()
    folder = _project(tmp_path / "project", base, signer, mail, texts)
    hook = Hook(f"{base}/hooks/twilio")
    with _serving(folder, port):
        _until(lambda: len(mail.taken) == PEOPLE and len(texts.taken) >= 1)
        _say_no_midway(mail, texts, hook)
        _until(lambda: len(texts.taken) >= PEOPLE - 2)
        _report(base, signer, mail, texts, hook)
        _until(lambda: _deliveries(folder).get("accepted", 0) == 0)
        assert _deliveries(folder) == {"delivered": 2 * PEOPLE - 2 - 3, "bounced": 2, "complained": 1, "skipped": 2}
    texted = Counter(one["to"] for one in texts.taken)
    assert max(texted.values()) == 1
    assert not {"+447700900028", "+447700900029"} & set(texted)
    assert Counter(one.to for one in mail.taken) == {f"person{n}@example.org": 1 for n in range(PEOPLE)}
    with open_project(folder, SECRETS) as project, project.ledger.reading() as conn:
        barred = {(one.address, one.reason) for one in suppressions.list_all(conn)}
    assert barred == {
        ("+447700900028", "stop"),
        ("person0@example.org", "bounced"),
        ("person1@example.org", "complained"),
        ("+447700900000", "bounced"),
    }
    # What was reported twice, or is said again tomorrow, changes nothing more.
    assert "nothing is left to send" in process(folder, "send", CAMPAIGN, "--by", "david", "--yes", environ=SECRETS).err


def _say_no_midway(mail: SendGridStandIn, texts: TwilioStandIn, hook: Hook) -> None:
    """One person texts STOP; another one's mail program unsubscribes with one click. Both texts are still queued."""
    assert not {"+447700900028", "+447700900029"} & {one["to"] for one in texts.taken}, "it was too late to say no"
    status, body = hook.post(hook.inbound("SM" + "a" * 32, "+447700900028", "STOP"))
    assert (status, body.count(b"<Message>")) == (200, 1)
    last = next(one for one in mail.taken if one.to == "person29@example.org")
    [link] = re.findall("<(http://[^>]+)>", last.headers["List-Unsubscribe"])
    request = urllib.request.Request(link, b"List-Unsubscribe=One-Click", method="POST")  # noqa: S310 (loopback)
    with urllib.request.urlopen(request, timeout=200) as answer:  # noqa: S310 (as above)
        assert answer.status == 200


def _report(base: str, signer: Signer, mail: SendGridStandIn, texts: TwilioStandIn, hook: Hook) -> None:
    """Every report that the two providers have, three times each, in any order."""
    odd: dict[str, tuple[str, dict[str, Any]]] = {
        "person0@example.org": ("bounce", {"type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 unknown"}),
        "person1@example.org": ("spamreport", {}),
    }
    told = [
        {**event(kind, one.attempt, n, **more), "sg_event_id": f"{kind}-{n}"}
        for n, one in enumerate(mail.taken)
        for kind, more in (("processed", {}), odd.get(one.to, ("delivered", {})))
    ] * 3
    random.Random(2).shuffle(told)
    for start in range(0, len(told), 50):
        assert signer.post(f"{base}/hooks/sendgrid", told[start : start + 50]) == 200
    requests = []
    for one in texts.taken:
        attempt = attempt_of(one)
        final = {"MessageStatus": "undelivered", "ErrorCode": "30006"} if one["to"].endswith("900000") else {}
        requests += [
            hook.status(attempt, one["sid"], "sent"),
            hook.status(attempt, one["sid"], final.get("MessageStatus", "delivered"), **final),
        ] * 3
    random.Random(3).shuffle(requests)
    for request in requests:
        assert hook.post(request)[0] in (200, 204)


def test_the_settings_that_a_person_would_write_are_right(tmp_path: Path) -> None:
    """What the project above says is what `check` is content with."""
    (tmp_path / "m").mkdir()
    (tmp_path / "t").mkdir()
    with SendGridStandIn(SendGridPlan(), tmp_path / "m") as mail, TwilioStandIn(TwilioPlan(), tmp_path / "t") as texts:
        folder = _project(tmp_path / "project", f"http://127.0.0.1:{_free_port()}", Signer(), mail, texts)
        said = process(folder, "check", "--json", environ=SECRETS)
    problems = json.loads(said.out)["problems"]
    assert [problem for problem in problems if problem["level"] == "error"] == []
