from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.recipients import suppressions
from broadcaster.ledger.recipients.suppressions import NewSuppression
from tests.commandline import Run, runner
from tests.projects import approve, make_project, send_all
from tests.services.feedback.test_bounce_mail import RELAY
from tests.services.feedback.test_came_back import PEOPLE, struck_off_before
from tests.services.stage import sql

ADDRESS = "person1@example.org"


def test_add_list_and_remove(run: Run) -> None:
    added = run("suppress", "add", "Person1@Example.ORG", "--by", "amina", "--reason", "asked at the meeting")
    assert (added.code, added.err) == (0, "")
    again = run("suppress", "add", ADDRESS, "--by", "amina", "--reason", "asked again")
    assert (again.code, "before" in again.out) == (0, True)
    (row,) = run("suppress", "list", "--json").json["suppressions"]
    assert list(row) == ["address", "channel", "reason", "note", "by", "added_at", "also"]
    assert (row["address"], row["note"], row["by"]) == ("P…@example.org", "asked at the meeting", "amina")
    assert run("suppress", "list", "--json", "--show").json["suppressions"][0]["address"] == "Person1@example.org"
    assert "P…@example.org" in run("suppress", "list").out
    assert run("suppress", "remove", ADDRESS, "--by", "wenmei", "--reason", "came back").code == 0
    assert run("suppress", "list", "--json").json == {"suppressions": []}
    gone = run("suppress", "remove", ADDRESS, "--by", "wenmei", "--reason", "came back")
    assert (gone.code, "not-suppressed" in gone.err) == (1, True)


@pytest.mark.parametrize("typed", ["", "nobody", "a@b", "31415", "a\x00@example.org,b@example.org", "é@example.org"])
def test_what_is_no_address_is_refused_and_not_repeated(run: Run, typed: str) -> None:
    said = run("suppress", "add", typed, "--by", "amina", "--reason", "asked")
    assert (said.code, "address-unreadable" in said.err) == (1, True)
    assert not typed or typed not in said.err


def test_who_may_not(run: Run, folder: Path) -> None:
    for words in (("add", "--by", "priya"), ("add", "--by", "nobody"), ("remove", "--by", "amina")):
        deed, *by = words
        said = run("suppress", deed, ADDRESS, *by, "--reason", "asked")
        assert (said.code, "Traceback" in said.err) == (1, False)
    assert run("suppress", "add", ADDRESS, "--reason", "asked").code == 2


def test_remove_leaves_a_stop_in_force_until_it_is_said_again(run: Run, folder: Path) -> None:
    number = "+447700900222"
    with open_project(folder) as project:
        blind = blind_address_index(project.keyring, Channel.SMS, number)
        with project.ledger.writing() as conn:
            for reason in (SuppressionReason.BOUNCED, SuppressionReason.STOP):
                suppressions.add(conn, NewSuppression(Channel.SMS, blind, number, reason, "twilio"))
    listed = run("suppress", "list", "--json").json["suppressions"]
    assert [(row["reason"], row["also"]) for row in listed] == [("stop", ["bounced"])]
    assert "texted STOP; mail or texts to it come back" in run("suppress", "list").out
    remove = ("suppress", "remove", number, "--by", "wenmei", "--reason", "a new telephone")
    assert "still suppressed: its owner texted STOP" in run(*remove).out
    assert [row["reason"] for row in run("suppress", "list", "--json").json["suppressions"]] == ["stop"]
    assert "still suppressed" not in run(*remove).out
    assert run("suppress", "list", "--json").json == {"suppressions": []}


def test_review_offers_and_lifts_what_was_struck_off_for_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_project(tmp_path / "project", PEOPLE, providers={"smtp": RELAY})
    approve(folder)
    send_all(folder)
    sql(folder, "UPDATE deliveries SET provider = 'smtp'")
    sql(folder, "UPDATE counters SET provider = 'smtp'")
    run = runner(folder, monkeypatch, capsys)
    assert run("suppress", "review").out.startswith("Nothing")
    with open_project(folder) as project:
        struck_off_before(project, "Diagnostic-Code: smtp; 550 5.7.1 IP address blacklisted by recipient")
    listed = run("suppress", "review")
    assert (listed.code, "p…@example.org" in listed.out, "person0" in listed.out) == (0, True, False)
    assert "our server is on a blocklist" in " ".join(listed.out.split())
    shown = run("suppress", "review", "--show", "--json").json
    assert [row["address"] for row in shown["offered"]] == ["person0@example.org", "person1@example.org"]
    assert shown["lifted"] == 0
    lift = ("suppress", "review", "--lift")
    assert run(*lift).code == 2
    assert run(*lift, "--by", "amina", "--reason", "the listing was ours").code == 1  # an author may not
    assert "Lifted: 2." in run(*lift, "--by", "wenmei", "--reason", "the listing was ours").out
    assert run("suppress", "list", "--json").json == {"suppressions": []}
