import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from broadcaster.audiences.rosters.erasure import ErasedRows, erase_from_roster
from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger import Connection
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.delivery import delivery_search
from broadcaster.ledger.delivery.delivery_search import ALL_DELIVERIES, DeliverySelection
from broadcaster.ledger.recipients import erased_rows, suppressions
from broadcaster.services.access.permissions import NotAllowedError, Permission, command_line_actor
from broadcaster.services.project.project import Project
from broadcaster.services.recipients import erasure as erasing
from broadcaster.services.recipients import suppression_list
from broadcaster.services.recipients.erasure import Erasure, NobodyErasedError
from broadcaster.services.recipients.suppression_list import ReasonError
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.rosters import counting
from broadcaster.services.sending.send_command import SendCommand, release_campaign
from tests.commandline import Run
from tests.projects import AUDIENCE, CAMPAIGN, approve, person, write_roster
from tests.services.stage import PEOPLE, ROSTER, cached, outbox

BILAL, BILALS_PHONE = "person2@example.org", "+447700900111"  # he has both, and prefers email


def _erase(project: Project, typed: str = BILAL, audience: str = AUDIENCE) -> Erasure:
    return erasing.erase_person(
        project, audience, typed, "asked by post", command_line_actor(project.settings, "wenmei", Permission.ERASE)
    )


def _release(project: Project) -> str:
    """Release what was approved, and send nothing of it."""
    with registered_runner(project) as runner:
        david = command_line_actor(project.settings, "david", Permission.SEND)
        return release_campaign(project, project.campaign(CAMPAIGN), SendCommand(david, runner.id, "")).id


def _kept(conn: Connection, project: Project, broadcast: str) -> str:
    """Everything personal that the deliveries of a broadcast still hold, as one text."""
    held = [one.payload(project.keyring) for one in delivery_search.list_page(conn, broadcast, ALL_DELIVERIES, 0, 100)]
    return json.dumps([[one.address, one.name, one.values] for one in held], ensure_ascii=False)


def test_the_row_goes_and_every_other_byte_of_the_roster_stays(folder: Path) -> None:
    before = (folder / ROSTER).read_text("utf-8").splitlines(keepends=True)
    with open_project(folder) as project:
        done = _erase(project, " PERSON2@example.ORG")
    assert done.rows == {AUDIENCE: 1}
    assert (folder / ROSTER).read_text("utf-8") == "".join(line for line in before if BILAL not in line)


def test_both_addresses_of_the_row_are_barred_by_hash_alone(folder: Path) -> None:
    with open_project(folder) as project:
        suppression_list.suppress(
            project, BILAL, "asked", command_line_actor(project.settings, "amina", Permission.SUPPRESS)
        )
        assert _erase(project).addresses == 2
        found = suppression_list.list_suppressions(project)
        write_roster(folder, PEOPLE)  # somebody imports an old list
        look = counting.count_audience(project, AUDIENCE)
    assert {(one.channel, one.address, one.note) for one in found} == {(Channel.EMAIL, "", ""), (Channel.SMS, "", "")}
    assert {one.reason for one in found} == {"by-hand", "erased"}
    assert look.excluded == {"suppressed": 1}


def test_an_address_that_others_have_too_stays_theirs(folder: Path) -> None:
    write_roster(folder, [*PEOPLE, person(9, phone=BILALS_PHONE, channel="sms")])
    with open_project(folder) as project:
        done = _erase(project)
        look = counting.count_audience(project, AUDIENCE)
    assert (done.addresses, done.shared, done.rows) == (1, 1, {AUDIENCE: 1})
    assert (look.usable, look.excluded) == (len(PEOPLE), {})


def test_what_waits_is_skipped_and_what_was_approved_still_goes_to_the_others(folder: Path, run: Run) -> None:
    approve(folder)
    with open_project(folder) as project:
        broadcast = _release(project)
        done = _erase(project)
        assert (done.emptied, done.skipped) == (1, 1)
        with project.ledger.reading() as conn:
            kept = _kept(conn, project, broadcast)
            (gone,) = delivery_search.list_page(conn, broadcast, DeliverySelection(DeliveryState.SKIPPED), 0, 9)
        assert gone.reason == "erased"
        assert BILAL not in kept and "Bilal" not in kept and "person1@" in kept
    assert run("send", CAMPAIGN, "--by", "david", "--yes").code == 0
    (standing,) = run("status", "--json").json["broadcasts"]
    assert standing["deliveries"] == {"accepted": len(PEOPLE) - 1, "skipped": 1}
    assert len(outbox(folder)) == len(PEOPLE) - 1


def test_what_is_released_while_the_rows_are_taken_out_is_emptied_too(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release that had read the roster before writes its deliveries when the ledger was looked through already."""
    approve(folder)
    released: list[str] = []

    with open_project(folder) as project:

        def after_a_release(*args: Any, **options: Any) -> ErasedRows:
            released.append(_release(project))
            return erase_from_roster(*args, **options)

        monkeypatch.setattr(erasing, "erase_from_roster", after_a_release)
        with monkeypatch.context() as patch:
            # What it had read before, it had asked about before, too.
            patch.setattr(suppressions, "find_suppressed", lambda *_: {})
            done = _erase(project)
        assert (done.emptied, done.skipped) == (1, 1)
        with project.ledger.reading() as conn:
            kept = _kept(conn, project, released[0])
    assert BILAL not in kept and "Bilal" not in kept and "person1@" in kept
    assert run("send", CAMPAIGN, "--by", "david", "--yes").code == 0
    assert len(outbox(folder)) == len(PEOPLE) - 1


def test_an_approval_from_before_stays_good(folder: Path, run: Run) -> None:
    approve(folder)
    with open_project(folder) as project:
        _erase(project)
    sent = run("send", CAMPAIGN, "--by", "david", "--yes", "--json")
    assert (sent.code, sent.json["broadcasts"][0]["deliveries"]) == (0, {"accepted": len(PEOPLE) - 1})


def test_who_was_added_after_the_approval_and_erased_was_never_part_of_it(folder: Path, run: Run) -> None:
    approve(folder)
    write_roster(folder, [*PEOPLE, person(9)])
    with open_project(folder) as project:
        _erase(project, "person9@example.org")
        _erase(project)
    sent = run("send", CAMPAIGN, "--by", "david", "--yes", "--json")
    assert (sent.code, sent.json["broadcasts"][0]["deliveries"]) == (0, {"accepted": len(PEOPLE) - 1})


def test_a_row_that_somebody_else_takes_out_still_voids_it(folder: Path, run: Run) -> None:
    approve(folder)
    with open_project(folder) as project:
        _erase(project)
    write_roster(folder, [one for one in PEOPLE[:-1] if one["email"] != BILAL])
    assert run("send", CAMPAIGN, "--by", "david", "--yes").code == 1
    assert outbox(folder) == []


def test_what_was_sent_leaves_ledger_and_outbox(folder: Path, run: Run) -> None:
    approve(folder)
    assert run("send", CAMPAIGN, "--by", "david", "--yes").code == 0
    with open_project(folder) as project:
        done = _erase(project, BILALS_PHONE)
        (standing,) = broadcast_status.list_broadcast_statuses(project)
        with project.ledger.reading() as conn:
            assert "Bilal" not in _kept(conn, project, standing.broadcast.id)
            assert broadcasts.get(conn, standing.broadcast.id)
    assert (done.emptied, done.skipped, done.files) == (1, 0, 1)
    assert len(outbox(folder)) == len(PEOPLE) - 1
    assert not any(b"person2" in path.read_bytes() for path in outbox(folder))
    assert standing.deliveries == {"accepted": len(PEOPLE)}


def test_again_changes_nothing_more(folder: Path, run: Run) -> None:
    approve(folder)
    with open_project(folder) as project:
        _erase(project)
        kept = (folder / ROSTER).read_bytes()
        again = _erase(project)
        with project.ledger.reading() as conn:
            marks = erased_rows.list_erased_since(conn, AUDIENCE, datetime(2020, 1, 1, tzinfo=UTC))
        assert (again.rows, again.skipped, (folder / ROSTER).read_bytes()) == ({AUDIENCE: 0}, 0, kept)
        assert len(suppression_list.list_suppressions(project)) == 2
    assert len(marks) == 1
    assert run("send", CAMPAIGN, "--by", "david", "--yes").code == 0


def test_nothing_is_remembered_of_the_row_under_any_spelling(folder: Path) -> None:
    with open_project(folder) as project:
        for spelling in ("07700 900111", "+44 7700 900111", "+447700900111"):
            write_roster(folder, [person(2, phone=spelling), person(1, phone="07700 900555")])
            assert counting.count_audience(project, AUDIENCE).usable == 2
        assert len(cached(project)) == 4
        _erase(project)
        assert cached(project) == []


def test_from_all_audiences_or_from_one(folder: Path) -> None:
    for suffix in ("yaml", "csv"):
        text = (folder / "audiences" / f"{AUDIENCE}.{suffix}").read_text("utf-8")
        (folder / "audiences" / f"others.{suffix}").write_text(text.replace(f"{AUDIENCE}.csv", "others.csv"), "utf-8")
    with open_project(folder) as project:
        assert _erase(project).elsewhere == ("others",)
        done = _erase(project, audience="all")
    assert (done.rows, done.elsewhere) == ({AUDIENCE: 0, "others": 1}, ())


def test_a_row_that_cannot_be_used_goes_too(folder: Path) -> None:
    write_roster(folder, [*PEOPLE, person(7, email="bad@@example.org"), person(8, timezone="Mars/Olympus")])
    with open_project(folder) as project:
        assert _erase(project, "bad@@example.org").addresses == 0
        assert _erase(project, "person8@example.org").rows == {AUDIENCE: 1}
        assert counting.count_audience(project, AUDIENCE).unusable == 0


def test_what_is_wrong_is_told_before_anything_is_changed(folder: Path) -> None:
    before = (folder / ROSTER).read_bytes()
    with open_project(folder) as project:
        wenmei = command_line_actor(project.settings, "wenmei", Permission.ERASE)
        for audience in ("nosuch", "../outside", "config.yaml"):
            with pytest.raises(ProblemsFoundError):
                erasing.erase_person(project, audience, BILAL, "asked", wenmei)
        with pytest.raises(NobodyErasedError):
            erasing.erase_person(project, AUDIENCE, "nobody at all", "asked", wenmei)
        with pytest.raises(ReasonError):
            erasing.erase_person(project, AUDIENCE, BILAL, f"{BILAL} asked", wenmei)
        with pytest.raises(NotAllowedError):
            command_line_actor(project.settings, "amina", Permission.ERASE)
        assert suppression_list.list_suppressions(project) == []
    assert (folder / ROSTER).read_bytes() == before


def test_a_broken_audience_elsewhere_stands_in_nobodys_way(folder: Path) -> None:
    (folder / "audiences" / "broken.yaml").write_text("nonsense: 1\n", "utf-8")
    with open_project(folder) as project:
        assert _erase(project).rows == {AUDIENCE: 1}
        with pytest.raises(ProblemsFoundError):
            _erase(project, audience="all")


def test_the_audit_log_says_what_was_done_and_to_nobody(folder: Path) -> None:
    with open_project(folder) as project:
        _erase(project)
        with project.ledger.reading() as conn:
            (written,) = (one for one in audit.list_recent(conn, 9) if one.entry.action == "erase")
    assert (written.entry.by, written.entry.subject) == ("wenmei", AUDIENCE)
    assert written.entry.detail == {"reason": "asked by post", "rows": 1, "deliveries": 0, "skipped": 0}
