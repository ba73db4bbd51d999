"""What `submit`, `approve` and `reject` say."""

import re
from datetime import timedelta
from pathlib import Path

from tests.commandline import Run
from tests.projects import CAMPAIGN
from tests.services.approving.test_decisions import submitted
from tests.services.stage import CONFIG, ROSTER, edit, outbox, wall


def test_what_is_printed_can_be_typed(folder: Path, run: Run) -> None:
    said = run("submit", CAMPAIGN, "--by", "amina")
    typed = re.search(r"broadcaster (approve .*)", said.out)
    assert typed
    said = run(*typed[1].replace("PERSON", "david").split())
    assert said.code == 0
    assert said.out.startswith("Approved: 6 messages, for ")
    typed = re.search(r"broadcaster (send .*)", said.out)
    assert typed
    assert run(*typed[1].replace("PERSON", "david").split()).code == 0
    assert len(outbox(folder)) == 6


def test_at_once_is_said(folder: Path, run: Run) -> None:
    digest = submitted(run, "--now")
    assert "as soon as it is approved" in run("plan", CAMPAIGN).out
    assert "at once" in run("approve", CAMPAIGN, "--by", "david", "--digest", digest).out


def test_a_submission_with_problems_lists_them_all(folder: Path, run: Run) -> None:
    edit(folder, ROSTER, "person1@example.org", "person1@")
    edit(folder, ROSTER, "person5@example.org", "person5@")
    said = run("submit", CAMPAIGN, "--by", "amina")
    assert (said.code, said.out) == (1, "")
    assert "audiences/neighbours.csv:2  column email" in said.err
    assert "The same on row 6." in said.err
    assert "2 problems found" in said.err


def test_bad_rows_can_be_left_out_and_that_is_signed(folder: Path, run: Run) -> None:
    edit(folder, ROSTER, "person1@example.org", "person1@")
    digest = submitted(run, "--leave-out-bad-rows")
    assert run("approve", CAMPAIGN, "--by", "david", "--digest", digest).code == 0
    edit(folder, ROSTER, "person1@,", "person1@example.org,")
    assert "(changed-since-approval)" in run("send", CAMPAIGN, "--by", "david").err
    edit(folder, ROSTER, "person1@example.org", "person1@")
    digest = submitted(run, "--leave-out-bad-rows")
    assert run("approve", CAMPAIGN, "--by", "david", "--digest", digest).code == 0
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    assert len(outbox(folder)) == 5


def test_nobody_to_write_to(folder: Path, run: Run) -> None:
    text = (folder / ROSTER).read_text("utf-8")
    (folder / ROSTER).write_text(text.splitlines()[0] + "\n", "utf-8")
    said = run("submit", CAMPAIGN, "--by", "amina")
    assert (said.code, said.out) == (1, "")
    assert "(nobody-to-write-to)" in said.err


def test_a_rejection_says_who_can_mend_it(folder: Path, run: Run) -> None:
    submitted(run)
    said = run("reject", CAMPAIGN, "--by", "david", "--reason", "the [number] is wrong")
    assert said.out.startswith("Rejected. amina can mend it")
    assert "the [number] is wrong" in run("send", CAMPAIGN, "--by", "david").err


def test_a_time_ahead_is_approved_for_that_time(folder: Path, run: Run) -> None:
    text = (folder / CONFIG).read_text("utf-8")
    edit(folder, CONFIG, text.partition("when: ")[2].partition("\n")[0], wall(timedelta(days=3)))
    digest = submitted(run)
    assert run("approve", CAMPAIGN, "--by", "david", "--digest", digest).code == 0
    said = run("send", CAMPAIGN, "--by", "david")
    assert said.code == 1
    assert "(not-yet)" in said.err
    assert "--now" in said.err
    assert outbox(folder) == []
