from pathlib import Path

import pytest

from broadcaster.domain.channels import Channel
from broadcaster.domain.suppression import SuppressionReason
from broadcaster.ledger import suppressions
from broadcaster.ledger.suppressions import NewSuppression
from broadcaster.services.addresses import blind_of
from broadcaster.wiring import open_project
from tests.commandline import Run

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
        blind = blind_of(project.keyring, Channel.SMS, number)
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
