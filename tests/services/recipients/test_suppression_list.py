import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.audiences.addresses.typed_address import TypedAddressError
from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.contact.channels import Channel
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.recipients import suppressions
from broadcaster.services.access.permissions import Actor, NotAllowedError, Permission, command_line_actor
from broadcaster.services.project.project import Project
from broadcaster.services.recipients import suppression_list
from broadcaster.services.recipients.suppression_list import NotSuppressedError, ReasonError
from broadcaster.services.rosters import counting


def _amina(project: Project) -> Actor:
    return command_line_actor(project.settings, "amina", Permission.SUPPRESS)


def _wenmei(project: Project) -> Actor:
    return command_line_actor(project.settings, "wenmei", Permission.LIFT)


@pytest.mark.parametrize(
    "typed",
    [
        "person1@example.org",
        " Person1@EXAMPLE.org ",
        "PERSON1@example.ORG",
        "+447700900222",
        "07700 900222",
        "+44 (0)7700 900-222",
        "'07700900222",
    ],
)
def test_however_an_address_is_typed_its_owner_is_left_out(folder: Path, typed: str) -> None:
    with open_project(folder) as project:
        before = counting.count_audience(project, "neighbours")
        assert suppression_list.suppress(project, typed, "asked at the meeting", _amina(project))
        after = counting.count_audience(project, "neighbours")
    assert before.excluded == {}
    assert after.excluded == {"suppressed": 1}
    assert sum(before.by_channel.values()) - sum(after.by_channel.values()) == 1


def test_the_first_reason_stays(folder: Path) -> None:
    with open_project(folder) as project:
        assert suppression_list.suppress(project, "a@example.org", "asked at the meeting", _amina(project))
        assert not suppression_list.suppress(project, "A@example.org", "asked again", _amina(project))
        (found,) = suppression_list.list_suppressions(project)
    assert (found.note, found.reason, found.by, found.channel) == (
        "asked at the meeting",
        "by-hand",
        "amina",
        Channel.EMAIL,
    )


def test_lifting_is_for_an_admin_and_needs_something_to_lift(folder: Path) -> None:
    with open_project(folder) as project:
        suppression_list.suppress(project, "a@example.org", "asked", _amina(project))
        with pytest.raises(NotAllowedError):
            command_line_actor(project.settings, "amina", Permission.LIFT)
        with pytest.raises(NotAllowedError):
            command_line_actor(project.settings, "priya", Permission.SUPPRESS)
        with pytest.raises(NotSuppressedError):
            suppression_list.lift(project, "b@example.org", "came back", _wenmei(project))
        assert suppression_list.lift(project, "A@EXAMPLE.org", "came back", _wenmei(project)).was.note == "asked"
        assert suppression_list.list_suppressions(project) == []


@pytest.mark.parametrize(
    "typed", ["", "nobody", "a@@example.org", "a@example", "12", "+44 12", "a@example.org, b@x.org"]
)
def test_what_is_no_address_is_refused_and_not_repeated(folder: Path, typed: str) -> None:
    with open_project(folder) as project, pytest.raises(TypedAddressError) as raised:
        suppression_list.suppress(project, typed, "asked", _amina(project))
    assert not typed or typed not in f"{raised.value.message}"


@pytest.mark.parametrize("reason", ["", " \n", "x" * 201, "she is a@b.test", "call 07700 900 222", "bell \x07"])
def test_a_reason_that_names_somebody_is_refused(folder: Path, reason: str) -> None:
    with open_project(folder) as project:
        with pytest.raises(ReasonError):
            suppression_list.suppress(project, "a@example.org", reason, _amina(project))
        assert suppression_list.list_suppressions(project) == []


def test_the_audit_log_knows_the_deed_and_not_the_address(folder: Path) -> None:
    with open_project(folder) as project:
        suppression_list.suppress(project, "person1@example.org", "asked", _amina(project))
        suppression_list.lift(project, "person1@example.org", "came back", _wenmei(project))
        with project.ledger.reading() as conn:
            lifted, added = (one.entry for one in audit.list_recent(conn, 2))
            assert audit.verify(conn).broken_at is None
    assert (added.by, added.action, lifted.by, lifted.action) == ("amina", "suppress", "wenmei", "unsuppress")
    assert added.detail["address"] == lifted.detail["address"]
    assert "person1" not in json.dumps([added.detail, lifted.detail]) + added.subject
    assert added.system_user and added.host


def test_nothing_readable_stands_in_the_ledger(folder: Path) -> None:
    with open_project(folder) as project:
        suppression_list.suppress(project, "person1@example.org", "asked", _amina(project))
        with project.ledger.reading() as conn:
            assert suppressions.list_all(conn)[0].address == "person1@example.org"
    assert all(
        b"person1@" not in path.read_bytes() for path in (folder / "var").glob("broadcaster.db*") if path.is_file()
    )


@given(local=st.from_regex(r"[a-z]{2,10}", fullmatch=True), number=st.integers(10**9, 10**10 - 1))
def test_a_masked_address_cannot_be_written_to(local: str, number: int) -> None:
    assert suppression_list.mask_address(f"{local}@example.org") == f"{local[0]}…@example.org"
    assert local not in suppression_list.mask_address(f"{local}@x.test").partition("@")[0]
    assert str(number) not in suppression_list.mask_address(f"+44{number}")
