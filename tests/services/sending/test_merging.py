"""The whole way with a provider that fills gaps itself: what arrives is the preview, and its events come back."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.providers.base import HookRequest
from broadcaster.services.feedback import provider_reports
from broadcaster.services.previewing import preview as previews
from tests.commandline import Run
from tests.projects import AUDIENCE, CAMPAIGN, LETTER
from tests.services.approving.test_decisions import approved
from tests.services.stage import CONFIG, PEOPLE, ROSTER, edit
from tests.standins.sendgrid import KEY, Fault, SendGridPlan, SendGridStandIn
from tests.standins.sendgridevents import Signer, body_of, event

SIGNER = Signer()
BY_EMAIL = [one for one in PEOPLE if one["email"] and one.get("channel") != "sms"]


@pytest.fixture
def server(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SendGridStandIn]:
    """The stand-in, and the project set to send over it."""
    monkeypatch.setenv("SENDGRID_API_KEY", KEY)
    with SendGridStandIn(SendGridPlan(), tmp_path) as server:
        edit(
            folder,
            CONFIG,
            "email: outbox",
            f"email: sendgrid\n  sendgrid: {{api_key_env: SENDGRID_API_KEY, host: '{server.url}', timeout: 2s, "
            f"ca_file: '{server.ca_file}', webhook_key: {SIGNER.public_key}}}",
        )
        yield server


def without_tokens(text: str) -> str:
    return re.sub(r"letters\.example\.org/([wcu])/[\w-]{22}", r"letters.example.org/\1/", text)


def states(run: Run) -> dict[str, int]:
    (broadcast,) = run("status", "--json").json["broadcasts"]
    return {state: count for state, count in broadcast["deliveries"].items() if count}


def test_every_email_that_arrives_is_its_preview(folder: Path, run: Run, server: SendGridStandIn) -> None:
    approved(run)
    with open_project(folder) as project:
        messages = previews.letter_for_audience(project, LETTER, AUDIENCE, CAMPAIGN)
        before = {
            one["email"]: previews.make_preview(messages, previews.find_recipient(messages, one["email"]))
            for one in BY_EMAIL
        }
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    taken = {one.to: one for one in server.taken}
    assert set(taken) == set(before)
    for address, preview in before.items():
        assert taken[address].subject == preview.subject
        assert without_tokens(taken[address].text) == without_tokens(preview.text or "")
        assert without_tokens(taken[address].html) == without_tokens(preview.html or "")
        assert taken[address].headers["Content-Language"] == preview.language
        link = taken[address].headers["List-Unsubscribe"]
        assert link.startswith("<https://letters.example.org/u/") and link[1:-1] in taken[address].html
    assert len({one.headers["List-Unsubscribe"] for one in server.taken}) == len(before)
    assert len(server.requests) == 2, "one for each language"


def test_nothing_that_leaves_names_letter_audience_or_campaign(folder: Path, run: Run, server: SendGridStandIn) -> None:
    approved(run)
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    for request in server.requests:
        mail = json.loads(request.body)
        for person in mail["personalizations"]:
            assert re.fullmatch(r"[a-z2-7]{26}-1", person["custom_args"]["attempt_id"])
        outside = json.dumps({key: value for key, value in mail.items() if key != "content"}) + str(request.headers)
        for name in (LETTER, AUDIENCE, CAMPAIGN, "A greeting", "Neighbours"):
            assert name not in outside


def test_events_move_what_was_sent(folder: Path, run: Run, server: SendGridStandIn) -> None:
    approved(run)
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    attempts = {one.to: one.attempt for one in server.taken}
    gone, *others = attempts
    events = [event("processed", attempts[one], at) for at, one in enumerate(attempts)]
    events += [event("delivered", attempts[one], at) for at, one in enumerate(others, 10)]
    events += [event("bounce", attempts[gone], 99, type="bounce", status="5.1.1", reason=f"<{gone}> unknown")]
    body = body_of(events[::-1] * 3)
    headers = {name.lower(): value for name, value in SIGNER.headers(body).items()}
    with open_project(folder) as project:
        told = project.hooks["sendgrid"].read(HookRequest("https://x.example/hooks/sendgrid", "", headers, body))
        assert provider_reports.receive(project, "sendgrid", told) == len(events)  # type: ignore[arg-type]  # no texts among them
        provider_reports.apply(project)
    found = states(run)
    assert (found["delivered"], found["bounced"]) == (len(others), 1)
    assert gone in run("suppress", "list", "--show").out


def test_an_event_settles_an_answer_that_was_lost(folder: Path, run: Run, server: SendGridStandIn) -> None:
    server.plan = replace(server.plan, faults=(Fault("after", "drop"),))
    approved(run)
    run("send", CAMPAIGN, "--by", "david")
    doubtful = states(run)["unsure"]
    assert doubtful == len(server.taken) > 0
    body = body_of([event("processed", one.attempt, at) for at, one in enumerate(server.taken)])
    headers = {name.lower(): value for name, value in SIGNER.headers(body).items()}
    with open_project(folder) as project:
        told = project.hooks["sendgrid"].read(HookRequest("https://x.example/hooks/sendgrid", "", headers, body))
        provider_reports.receive(project, "sendgrid", told)  # type: ignore[arg-type]  # no texts among them
        provider_reports.apply(project)
    assert "unsure" not in states(run)


def test_a_wrong_key_halts_says_so_and_goes_on_when_mended(folder: Path, run: Run, server: SendGridStandIn) -> None:
    server.plan = replace(server.plan, key="another")
    approved(run)
    said = run("send", CAMPAIGN, "--by", "david")
    assert "refused the sign-in" in re.sub(r"\s+", " ", said.out + said.err)
    assert server.taken == []
    server.plan = replace(server.plan, key=KEY)
    (broadcast,) = run("status", "--json").json["broadcasts"]
    run("resume", broadcast["id"])
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    assert len(server.taken) == len(BY_EMAIL)


def test_names_that_look_like_anything_arrive_as_they_are(folder: Path, run: Run, server: SendGridStandIn) -> None:
    edit(folder, ROSTER, "Ada Quill", '"Quill, ""Ada"" <b>&amp;"')
    approved(run)
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    (ada,) = (one for one in server.taken if one.to == "person1@example.org")
    assert ada.subject == 'News for Quill, "Ada" <b>&amp;'
    assert '<span dir="auto">Quill, &quot;Ada&quot; &lt;b&gt;&amp;amp;</span>' in ada.html


def test_a_trial_goes_to_oneself_and_says_so(folder: Path, run: Run, server: SendGridStandIn) -> None:
    trial = ("preview", LETTER, "--audience", AUDIENCE, "--send-to", "amina@ashmere.example", "--by", "amina")
    assert run(*trial).code == 0
    (taken,) = server.taken
    assert (taken.to, taken.subject) == ("amina@ashmere.example", "[Test] News for Ada Quill")
    assert "Dear Ada Quill" in taken.text
    assert "sample0000" in taken.text
    server.plan = replace(server.plan, key="another")
    assert run(*trial).code == 1


def test_without_a_key_in_the_environment_it_says_which(
    folder: Path, run: Run, server: SendGridStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(run)
    monkeypatch.delenv("SENDGRID_API_KEY")
    said = run("send", CAMPAIGN, "--by", "david")
    assert said.code == 1
    assert "SENDGRID_API_KEY" in said.out + said.err
    assert server.taken == []
