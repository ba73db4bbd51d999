"""What `check`, `plan` and `status` show to people: plain words, narrow tables, nothing of the machinery."""

import re
from datetime import UTC, datetime
from pathlib import Path

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.delivery.reports import Report, ReportedEvent
from broadcaster.domain.notifications import Notification, NotificationMatter, NotificationResult
from broadcaster.ledger.delivery import delivery_search
from broadcaster.ledger.delivery.delivery_search import ALL_DELIVERIES
from broadcaster.ledger.staff import notifications
from broadcaster.services.feedback import provider_reports
from broadcaster.services.project.project import now
from tests.commandline import Run, process
from tests.projects import CAMPAIGN, person, write_roster
from tests.services.approving.test_decisions import approved
from tests.services.stage import CONFIG, PEOPLE, ROSTER, add, edit, sql

NARROW = 80


def test_a_plan_in_words(folder: Path, run: Run) -> None:
    write_roster(folder, [*PEOPLE, person(7, email="person1@example.org"), person(8, borough=""), person(9, email="x")])
    add(folder, "audiences/neighbours.yaml", "where: recipient.borough != 'Brackwell'\n")
    said = run("plan", CAMPAIGN)
    assert said.code == 1
    assert "4  (2 email, 2 SMS)" in said.out
    assert "1 on it twice" in said.out
    assert "1 lacking what the letter needs" in said.out
    assert "2 not chosen by the audience's rule" in said.out
    assert "1 with a mistake in their row" in said.out
    assert "neighbours" in said.out
    table = [line for line in said.out.splitlines() if re.match(r"(campaign|letter|messages|left out|digest) ", line)]
    assert all(len(line.rstrip()) <= NARROW for line in table if not line.startswith("left out"))


def test_a_problem_shows_place_code_and_remedy(folder: Path, run: Run) -> None:
    edit(folder, ROSTER, "person1@example.org", "person1@")
    lines = run("check").out.splitlines()
    assert lines[0].startswith(f"error   {ROSTER}:2  column email: ")
    assert lines[0].endswith("  (email-invalid)")
    assert lines[1].startswith("        Write one address")
    assert lines[-1] == "1 error, 2 warnings."


def test_status_in_words(folder: Path, run: Run) -> None:
    said = run("status")
    assert said.out.startswith("Nothing has been released yet.")
    approved(run)
    run("send", CAMPAIGN, "--by", "david")
    said = run("status")
    head, row = said.out.splitlines()[:2]
    assert head.split() == ["broadcast", "campaign", "for", "state", "messages"]
    assert row.endswith("6 accepted")
    assert all(len(line.rstrip()) <= NARROW for line in said.out.splitlines())
    one = run("status", row.split()[0]).out
    assert re.search(r"by +6 outbox", one)
    assert re.search(r"left out +-", one)


def test_status_tells_what_providers_reported(folder: Path, run: Run) -> None:
    approved(run)
    (found,) = run("send", CAMPAIGN, "--by", "david", "--json").json["broadcasts"]
    happened = [ReportedEvent.DELIVERED, ReportedEvent.BOUNCED, ReportedEvent.BOUNCED, ReportedEvent.COMPLAINED]
    with open_project(folder) as project:
        with project.ledger.reading() as conn:
            ids = [
                one.id
                for one in delivery_search.list_page(conn, found["id"], ALL_DELIVERIES, 0, 10)
                if one.provider == "outbox"
            ]
        told = [
            Report(id_, f"{id_}-1", what, datetime.now(UTC), code="address-unknown", strikes=1)
            for id_, what in zip(ids, happened, strict=False)
        ]
        provider_reports.receive(project, "outbox", told)
        provider_reports.apply(project)
    lines = run("status").out.splitlines()
    assert lines[1].endswith("2 accepted, 1 delivered, 2 came back, 1 marked as unwanted")
    short = found["id"][:8]
    assert f"{short}: 2 came back, 1 marked as unwanted; who is barred by it: broadcaster suppress list" in lines
    states = run("status", "--json").json["broadcasts"][0]["deliveries"]
    assert states == {"accepted": 2, "delivered": 1, "bounced": 2, "complained": 1}
    listed = run("suppress", "list")
    assert listed.out.count("mail or texts to it come back") == 2
    assert listed.out.count("its owner marked us as unwanted") == 1
    assert {row["reason"] for row in run("suppress", "list", "--json").json["suppressions"]} == {
        "bounced",
        "complained",
    }


def test_one_broadcast_by_the_beginning_of_its_id(folder: Path, run: Run) -> None:
    approved(run)
    (found,) = run("send", CAMPAIGN, "--by", "david", "--json").json["broadcasts"]
    assert run("status", found["id"][:4]).code == 0
    assert run("status", found["id"]).code == 0
    for unknown in (found["id"][:3], "zzzz", "", "%", found["id"] + "a", "'; --"):
        said = run("status", unknown)
        assert (said.code, said.out) == (1, "")
        assert "(broadcast-unknown)" in said.err or "(unknown-broadcast)" in said.err


def test_what_waits_says_for_what(folder: Path, run: Run) -> None:
    approved(run)
    assert "coming" in run("status").out
    sql(folder, "UPDATE occurrences SET state = 'waiting', reason = 'late'")
    said = run("status").out
    assert "It was found too late" in said
    sql(folder, "UPDATE occurrences SET reason = 'some-new-code'")
    assert "could not be released (some-new-code)" in run("status").out


def test_what_halted_says_why_and_how_to_go_on(folder: Path, run: Run) -> None:
    approved(run)
    (folder / "var/outbox").write_text("in the way", "utf-8")
    said = run("send", CAMPAIGN, "--by", "david")
    assert said.code == 1
    assert "was halted: The outbox folder cannot be written to." in said.out
    resume = re.search(r"broadcaster (resume \w+)", said.out)
    assert resume
    (folder / "var/outbox").unlink()
    assert run(*resume[1].split()).code == 0
    sent = run("send", CAMPAIGN, "--by", "david")
    assert sent.code == 0
    assert "6 accepted" in sent.out
    assert "halted" not in sent.out


def test_a_narrow_terminal_breaks_no_word_of_a_pipe(folder: Path) -> None:
    said = process(folder, "plan", CAMPAIGN, environ={"COLUMNS": "40"})
    assert re.search(r"digest +[0-9a-f]{64}", said.out)


def test_check_of_a_folder_that_is_no_project(tmp_path: Path) -> None:
    said = process(tmp_path, "check")
    assert said.code == 1
    assert "no config.yaml" in said.out + said.err
    assert CONFIG in said.out + said.err


def test_status_says_who_could_not_be_told(folder: Path, run: Run) -> None:
    assert "told of what needs" not in run("status").err
    failed = Notification(NotificationMatter.HALT, "b1", "david", urgent=True)
    with open_project(folder) as project, project.ledger.writing() as conn:
        notifications.record_attempt(conn, failed, None, now())
        notifications.record_result(conn, failed, NotificationResult.FAILED, "suppressed")
    said = run("status")
    assert "david could not be told of what needs them. The address must not be written to." in said.err
    assert run("status", "--json").json == {"broadcasts": []}
