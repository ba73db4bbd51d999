"""What a second person signed is what is sent: any edit after it is refused in clear words, and nothing leaves."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.contact.channels import Channel
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.recipients import preferences
from tests.commandline import Run, Said
from tests.projects import CAMPAIGN, approve, write_yaml
from tests.services.stage import (
    AR,
    AUDIENCE_YAML,
    CLOSE,
    CONFIG,
    DECLARED,
    EN,
    LETTER_YAML,
    ROSTER,
    add,
    edit,
    outbox,
    sql,
    timed,
    wall,
)

FRAME = "templates/_frames/email.mjml"
WORDS = "templates/_frames/words.yaml"

EDITS: dict[str, Callable[[Path], None]] = {
    "the letter": lambda folder: edit(folder, EN, "all is well", "all is very well"),
    "the letter in a language that few read": lambda folder: add(folder, AR, "\n"),
    "what it includes": lambda folder: edit(folder, CLOSE, "Yours", "Your friend"),
    "what it declares": lambda folder: write_yaml(folder / LETTER_YAML, {**DECLARED, "title": "Another"}),
    "a frame": lambda folder: edit(folder, FRAME, "<mj-body", '<mj-body css-class="x"'),
    "the frames' words": lambda folder: edit(folder, WORDS, "Stop receiving these letters", "Stop them"),
    "the logo": lambda folder: (folder / "templates/_frames/logo.png").unlink(),
    "the audience's purpose": lambda folder: edit(folder, AUDIENCE_YAML, "to try things out", "for something else"),
    "whom the audience selects": lambda folder: add(folder, AUDIENCE_YAML, "where: recipient.borough != 'Ashmere'\n"),
    "a row added": lambda folder: add(folder, ROSTER, "Gus Hall,gus@example.org,,en,,,Ashmere\n"),
    "a row edited": lambda folder: edit(folder, ROSTER, "Ada Quill", "Ada Quills"),
    "an address edited": lambda folder: edit(folder, ROSTER, "person1@example.org", "person9@example.org"),
    "a column that the letter does not print": lambda folder: edit(folder, ROSTER, "Europe/Paris", "Europe/Rome"),
    "a row removed": lambda folder: edit(folder, ROSTER, _row(folder, "Fay Lund"), ""),
    "the helpline's number": lambda folder: edit(folder, CONFIG, "'101'", "'111'"),
    "the signatory's name": lambda folder: edit(folder, CONFIG, "Robin Hartwell", "Robin Hartwill"),
    "the way it goes": lambda folder: edit(folder, CONFIG, "email: outbox", "email: smtp\n  smtp: {host: 127.0.0.1}"),
    "the signatory's address": lambda folder: edit(folder, CONFIG, "officer@ashmere", "chief@ashmere"),
    "the sender of texts": lambda folder: edit(folder, CONFIG, "sms_sender: Ashmere", "sms_sender: Police"),
    "the organisation": lambda folder: edit(folder, CONFIG, "Ashmere Police", "Ashmoor Police"),
    "the timezone": lambda folder: edit(folder, CONFIG, "timezone: Europe/London", "timezone: Europe/Lisbon"),
    "the pages": lambda folder: edit(folder, CONFIG, "letters.example.org", "pages.example.org"),
    "the channel": lambda folder: edit(folder, CONFIG, "channel: preferred", "channel: both"),
    "what happens when unsure": lambda folder: edit(folder, CONFIG, "grace:", "if_unsure: resend\n    grace:"),
    "the time": lambda folder: edit(folder, CONFIG, _when(folder), wall(timedelta(minutes=-3))),
    "quiet hours": lambda folder: add(folder, CONFIG, "quiet_hours: {start: '04:00', end: '04:01'}\n"),
}


ONE_OF_EACH = (
    *("the letter", "what it includes", "a frame", "whom the audience selects", "a row edited", "a row removed"),
    *("the helpline's number", "the signatory's name", "the timezone", "the channel", "the time"),
)
"""Enough of them where each goes the same way."""


def _row(folder: Path, name: str) -> str:
    text = (folder / ROSTER).read_text("utf-8")
    return next(line for line in text.splitlines(keepends=True) if line.startswith(name))


def _when(folder: Path) -> str:
    text = (folder / CONFIG).read_text("utf-8")
    return text.partition("when: ")[2].partition("\n")[0]


def submitted(run: Run, *more: str, campaign: str = CAMPAIGN, by: str = "amina") -> str:
    """Submit the campaign; the digest that is asked for."""
    said = run("submit", campaign, "--by", by, *more)
    assert said.code == 0, said.err
    return said.out.rpartition("--digest ")[2].strip()


def approved(run: Run, *more: str) -> None:
    """Submit the campaign and have it approved."""
    said = run("approve", CAMPAIGN, "--by", "david", "--digest", submitted(run, *more))
    assert said.code == 0, said.err


def refused(said: Said, code: str, folder: Path) -> None:
    """It was refused with this code, and nothing left."""
    assert (said.code, said.out) == (1, "")
    assert f"({code})" in said.err
    assert outbox(folder) == []


def test_what_was_approved_goes_out_to_everybody(folder: Path, run: Run) -> None:
    approved(run)
    said = run("send", CAMPAIGN, "--by", "david", "--json")
    assert said.code == 0
    assert said.json["broadcasts"][0]["deliveries"] == {"accepted": 6}
    assert len(outbox(folder)) == 6


@pytest.fixture(scope="module")
def signed(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose campaign is approved, to be copied."""
    folder = timed(Path(shutil.copytree(founded, tmp_path_factory.mktemp("signed") / "project")))
    approve(folder, at_once=False)
    return folder


@pytest.mark.parametrize("edited", EDITS)
def test_an_edit_after_the_approval_is_refused(signed: Path, folder: Path, run: Run, edited: str) -> None:
    shutil.copytree(signed, folder, dirs_exist_ok=True)
    EDITS[edited](folder)
    said = run("send", CAMPAIGN, "--by", "david")
    refused(said, "not-approved" if edited == "the time" else "changed-since-approval", folder)
    # Taking the edit back does not bring the approval back: it is void.
    again = run("send", CAMPAIGN, "--by", "david")
    refused(again, "not-approved", folder)


@pytest.mark.parametrize("edited", ONE_OF_EACH)
def test_an_edit_between_submission_and_approval_is_refused(folder: Path, run: Run, edited: str) -> None:
    digest = submitted(run)
    EDITS[edited](folder)
    said = run("approve", CAMPAIGN, "--by", "david", "--digest", digest)
    refused(said, "changed-since-submission", folder)
    refused(run("approve", CAMPAIGN, "--by", "david", "--digest", digest), "nothing-submitted", folder)
    refused(run("send", CAMPAIGN, "--by", "david"), "not-approved", folder)


def test_it_says_what_was_changed(folder: Path, run: Run) -> None:
    digest = submitted(run)
    edit(folder, CONFIG, "'101'", "'111'")
    edit(folder, ROSTER, "Ada Quill", "Ada Quills")
    said = run("approve", CAMPAIGN, "--by", "david", "--digest", digest)
    assert "amina submitted it" in said.err
    assert "who is on a roster" in said.err
    assert "who signs it or its helplines" in said.err
    assert "the letter" not in said.err


def test_a_time_moved_away_and_back_is_what_was_approved(folder: Path, run: Run) -> None:
    approved(run)
    before = _when(folder)
    edit(folder, CONFIG, before, wall(timedelta(days=2)))
    refused(run("send", CAMPAIGN, "--by", "david"), "not-approved", folder)
    edit(folder, CONFIG, _when(folder), before)
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    assert len(outbox(folder)) == 6


def test_a_moved_time_is_named(folder: Path, run: Run) -> None:
    approved(run)
    edit(folder, CONFIG, _when(folder), wall(timedelta(days=2)))
    said = run("send", CAMPAIGN, "--by", "david")
    assert "moved" in said.err


def test_the_order_of_rows_and_other_campaigns_do_not_void(folder: Path, run: Run) -> None:
    approved(run)
    lines = (folder / ROSTER).read_text("utf-8").splitlines(keepends=True)
    (folder / ROSTER).write_text("".join([lines[0], *reversed(lines[1:])]), "utf-8")
    edit(folder, CONFIG, "smtp: 100000/s", "smtp: 10/s")
    write_yaml(folder / AUDIENCE_YAML.replace("neighbours", "others"), {"name": "Others"})
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    assert len(outbox(folder)) == 6


def test_a_suppression_after_the_approval_only_shrinks(folder: Path, run: Run) -> None:
    approved(run)
    assert (
        run("suppress", "add", "PERSON1@example.org", "--by", "wenmei", "--reason", "asked us by telephone").code == 0
    )
    said = run("send", CAMPAIGN, "--by", "david", "--json")
    assert said.code == 0
    assert said.json["broadcasts"][0]["deliveries"] == {"accepted": 5}
    assert not any(b"person1@example.org" in path.read_bytes() for path in outbox(folder))


def test_an_erasure_after_the_approval_only_shrinks(folder: Path, run: Run) -> None:
    approved(run)
    address = ("person1@example.org", "--by", "wenmei", "--reason", "asked to be erased")
    assert run("audience", "erase", "neighbours", *address).code == 0
    assert "person1@" not in (folder / ROSTER).read_text("utf-8")
    said = run("send", CAMPAIGN, "--by", "david", "--json")
    assert said.code == 0, said.err
    assert said.json["broadcasts"][0]["deliveries"] == {"accepted": 5}


def test_an_erasure_between_submission_and_approval_only_shrinks(folder: Path, run: Run) -> None:
    digest = submitted(run)
    address = ("person1@example.org", "--by", "wenmei", "--reason", "asked to be erased")
    assert run("audience", "erase", "neighbours", *address).code == 0
    assert run("approve", CAMPAIGN, "--by", "david", "--digest", digest).code == 0
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    assert len(outbox(folder)) == 5


def test_an_opt_out_after_the_approval_only_shrinks(folder: Path, run: Run) -> None:
    approved(run)
    with open_project(folder) as project, project.ledger.writing() as conn:
        blind = blind_address_index(project.keyring, Channel.EMAIL, "person1@example.org")
        preferences.save(conn, blind, "none", "test")
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    assert len(outbox(folder)) == 5


def test_the_author_cannot_approve(folder: Path, run: Run) -> None:
    digest = submitted(run, by="wenmei")
    refused(run("approve", CAMPAIGN, "--by", "wenmei", "--digest", digest), "own-approval", folder)
    refused(run("send", CAMPAIGN, "--by", "wenmei"), "not-approved", folder)
    assert run("approve", CAMPAIGN, "--by", "david", "--digest", digest).code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("submit", CAMPAIGN, "--by", "david"), "not-allowed"),
        (("submit", CAMPAIGN, "--by", "priya"), "not-allowed"),
        (("submit", CAMPAIGN, "--by", "nobody"), "person-unknown"),
        (("submit", "other", "--by", "amina"), "campaign-unknown"),
        (("approve", CAMPAIGN, "--by", "amina", "--digest", "0" * 64), "not-allowed"),
        (("approve", CAMPAIGN, "--by", "priya", "--digest", "0" * 64), "not-allowed"),
        (("approve", CAMPAIGN, "--by", "David", "--digest", "0" * 64), "person-unknown"),
        (("approve", CAMPAIGN, "--by", "david", "--digest", "0" * 64), "nothing-submitted"),
        (("reject", CAMPAIGN, "--by", "amina"), "not-allowed"),
        (("reject", CAMPAIGN, "--by", "david"), "nothing-submitted"),
        (("send", CAMPAIGN, "--by", "priya"), "not-allowed"),
        (("send", CAMPAIGN, "--by", "amina"), "not-approved"),
    ],
)
def test_who_may_do_what(folder: Path, run: Run, words: tuple[str, ...], code: str) -> None:
    refused(run(*words), code, folder)


@pytest.mark.parametrize("given", ["", "0" * 64, "-", "short"])
def test_a_wrong_digest_is_refused_and_changes_nothing(folder: Path, run: Run, given: str) -> None:
    digest = submitted(run)
    refused(run("approve", CAMPAIGN, "--by", "david", f"--digest={given}"), "digest-mismatch", folder)
    refused(run("approve", CAMPAIGN, "--by", "david", "--digest", digest[:11]), "digest-mismatch", folder)
    assert run("approve", CAMPAIGN, "--by", "david", "--digest", digest).code == 0


def test_a_double_click_submits_once(folder: Path, run: Run) -> None:
    digest = submitted(run)
    refused(run("submit", CAMPAIGN, "--by", "amina"), "already-submitted", folder)
    assert run("approve", CAMPAIGN, "--by", "david", "--digest", digest).code == 0
    refused(run("approve", CAMPAIGN, "--by", "wenmei", "--digest", digest), "nothing-submitted", folder)
    refused(run("submit", CAMPAIGN, "--by", "amina"), "already-submitted", folder)


def test_what_was_rejected_can_be_mended_and_submitted_again(folder: Path, run: Run) -> None:
    submitted(run)
    assert run("reject", CAMPAIGN, "--by", "david", "--reason", "the number is wrong").code == 0
    said = run("send", CAMPAIGN, "--by", "david")
    refused(said, "not-approved", folder)
    assert "rejected by david: the number is wrong" in said.err
    edit(folder, CONFIG, "'101'", "'111'")
    approved(run)
    assert run("send", CAMPAIGN, "--by", "david").code == 0


def test_now_is_signed_as_now(folder: Path, run: Run) -> None:
    edit(folder, CONFIG, _when(folder), wall(timedelta(days=30)))
    approved(run)
    refused(run("send", CAMPAIGN, "--by", "david"), "not-yet", folder)
    approved(run, "--now")
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    assert len(outbox(folder)) == 6
    # It went out, so it does not go out at its time as well.
    assert "planned" not in run("status").out


def test_the_plan_shows_what_waits_to_be_approved(folder: Path, run: Run) -> None:
    edit(folder, CONFIG, _when(folder), wall(timedelta(days=30)))
    at_its_time = run("plan", CAMPAIGN, "--json").json["digest"]
    digest = submitted(run, "--now")
    shown = run("plan", CAMPAIGN, "--json").json["digest"]
    assert shown.startswith(digest)
    assert shown != at_its_time
    run("reject", CAMPAIGN, "--by", "david")
    assert run("plan", CAMPAIGN, "--json").json["digest"] == at_its_time


def test_a_campaign_with_one_time_is_sent_once(folder: Path, run: Run) -> None:
    approved(run)
    run("send", CAMPAIGN, "--by", "david")
    for more in ((), ("--now",)):
        said = run("submit", CAMPAIGN, "--by", "amina", *more)
        assert said.code == 1
        assert "(already-sent)" in said.err
    edit(folder, CONFIG, _when(folder), wall(timedelta(minutes=-1)))
    assert run("submit", CAMPAIGN, "--by", "amina").code == 1
    assert run("send", CAMPAIGN, "--by", "david", "--json").json["broadcasts"][0]["state"] == "finished"
    assert len(outbox(folder)) == 6


@pytest.mark.parametrize(
    "forged",
    [
        "state = 'approved'",
        "state = 'approved', decided_by = 'david'",
        "state = 'approved', decided_by = 'david', decided_at = submitted_at, signature = 'AAAA'",
    ],
)
def test_a_row_edited_into_an_approval_is_none(folder: Path, run: Run, forged: str) -> None:
    submitted(run)
    sql(folder, f"UPDATE approvals SET {forged}")  # noqa: S608 - the words above
    refused(run("send", CAMPAIGN, "--by", "david"), "not-approved", folder)


@pytest.mark.parametrize(
    "forged",
    [
        *("submitted_by = 'david'", "submitted_by = 'wenmei'", "decided_by = 'wenmei'"),
        *("wall = NULL", "until = '2090-01-01'", "at_most = 9"),
    ],
)
def test_a_signed_row_that_was_edited_holds_no_longer(folder: Path, run: Run, forged: str) -> None:
    approved(run)
    sql(folder, f"UPDATE approvals SET {forged}")  # noqa: S608 - the words above
    refused(run("send", CAMPAIGN, "--by", "david"), "not-approved", folder)


def test_another_campaigns_signature_does_not_count(folder: Path, run: Run) -> None:
    other = f"  other: {{letter: greeting, audience: neighbours, when: {_when(folder)}}}\n"
    edit(folder, CONFIG, "campaigns:\n", f"campaigns:\n{other}")
    approved(run)
    submitted(run, campaign="other")
    sql(
        folder,
        "UPDATE approvals SET state = 'approved', decided_by = 'david',"
        " signature = (SELECT signature FROM approvals WHERE campaign = 'hello') WHERE campaign = 'other'",
    )
    refused(run("send", "other", "--by", "david"), "not-approved", folder)


def test_who_said_so_is_recorded(folder: Path, run: Run) -> None:
    approved(run)
    rows = sql(folder, 'SELECT action, "by" FROM audit ORDER BY seq')
    assert ("submit", "amina") in rows
    assert ("approve", "david") in rows
