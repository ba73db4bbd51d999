import csv
import io
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.recipients import preferences
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.project.project import Project
from broadcaster.services.recipients.erasure import erase_person
from broadcaster.services.rosters import counting, importing
from broadcaster.services.rosters.counting import AudienceCount
from broadcaster.services.rosters.importing import ListMissingError, NotExportedError
from tests.projects import AUDIENCE, person, write_roster
from tests.services.stage import AUDIENCE_YAML, PEOPLE, ROSTER, add, cached, edit

HEADER = "name,email,phone,language,channel,timezone,borough\n"
GOOD = HEADER + "Ines Roth,ines@example.org,07700 900444,en,,,Ashmere\nJon Moss,jon@example.org,,en,,,Ashmere\n"
CHANGES = {"added": 2, "removed": len(PEOPLE), "changed": 0, "unchanged": 0}
BAD = GOOD + "Kit,not-an-address,,en,,,Ashmere\n,lee@example.org,,en,fax,Mars/Olympus,Ashmere\n"


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A list from outside the project."""
    path = tmp_path / "list.csv"
    path.write_text(GOOD, "utf-8")
    return path


def _look(folder: Path) -> AudienceCount:
    with open_project(folder) as project:
        return counting.count_audience(project, AUDIENCE)


def _logged(project: Project) -> list[tuple[str, str, dict[str, object]]]:
    with project.ledger.reading() as conn:
        return [(one.entry.action, one.entry.subject, dict(one.entry.detail)) for one in audit.list_recent(conn, 9)]


def test_people_are_counted_as_they_would_be_written_to(folder: Path) -> None:
    add(folder, AUDIENCE_YAML, "where: recipient.borough != 'Brackwell'\n")
    with open_project(folder) as project:
        from_email = blind_address_index(project.keyring, Channel.EMAIL, "person1@example.org")
        with project.ledger.writing() as conn:
            preferences.save(conn, from_email, "none", "door")
        look = counting.count_audience(project, AUDIENCE)
    assert look.as_json() == {
        "audience": AUDIENCE,
        "usable": 6,
        "unusable": 0,
        "by_language": {"ar": 1, "en": 2},
        "by_channel": {"email": 1, "sms": 2},
        "excluded": {"not-selected": 2, "opted-out": 1},
    }
    assert (look.errors, look.problems) == (0, [])


def test_every_problem_is_listed_and_bad_rows_are_counted_once(folder: Path) -> None:
    (folder / ROSTER).write_text(BAD, "utf-8")
    look = _look(folder)
    assert (look.usable, look.unusable, look.errors) == (2, 2, 4)
    assert {(problem.line, problem.code) for problem in look.problems} == {
        (4, "email-invalid"),
        (5, "name-missing"),
        (5, "channel-unknown"),
        (5, "timezone-unknown"),
    }


def test_a_description_that_is_wrong_is_in_the_answer(folder: Path) -> None:
    edit(folder, AUDIENCE_YAML, "purpose:", "purpos:")
    look = _look(folder)
    assert look.errors and {problem.file for problem in look.problems} == {AUDIENCE_YAML}
    with open_project(folder) as project:
        assert [problem.code for problem in counting.count_audience(project, "../x").problems] == ["audience-name"]


def test_a_where_that_asks_for_another_column_is_in_the_answer(folder: Path) -> None:
    add(folder, AUDIENCE_YAML, "where: recipient.street == 'x'\n")
    assert [problem.code for problem in _look(folder).problems] == ["where"]


def test_an_import_replaces_the_roster_and_keeps_no_copy(folder: Path, given: Path) -> None:
    with open_project(folder) as project:
        counting.count_audience(project, AUDIENCE)
        audience, done = importing.import_audience_roster(project, AUDIENCE, given)
        logged = _logged(project)
        look = counting.count_audience(project, AUDIENCE)
    assert (done.rows, done.left_out, audience.roster_name) == (2, (), ROSTER)
    assert look.usable == 2
    assert (folder / ROSTER).read_text("utf-8").splitlines()[
        1
    ] == "Ines Roth,ines@example.org,+447700900444,en,,,Ashmere"
    assert sorted(path.name for path in (folder / "audiences").iterdir()) == [f"{AUDIENCE}.csv", f"{AUDIENCE}.yaml"]
    assert logged == [("audience-import", AUDIENCE, {"rows": 2, "left_out": 0, "encrypted": False, **CHANGES})]


def test_nothing_is_remembered_of_whoever_is_off_the_list(folder: Path, given: Path) -> None:
    write_roster(folder, [person(1, phone="07700 900555")])
    with open_project(folder) as project:
        counting.count_audience(project, AUDIENCE)
        assert cached(project)
        importing.import_audience_roster(project, AUDIENCE, given)
        assert cached(project) == []


def test_one_bad_row_and_nothing_is_changed(folder: Path, given: Path) -> None:
    before = (folder / ROSTER).read_bytes()
    given.write_text(BAD, "utf-8")
    with open_project(folder) as project:
        with pytest.raises(ProblemsFoundError) as raised:
            importing.import_audience_roster(project, AUDIENCE, given, encrypt=True)
        assert len(raised.value.problems) == 4
        assert {problem.file for problem in raised.value.problems} == {"list.csv"}
        assert _logged(project) == []
    assert (folder / ROSTER).read_bytes() == before
    assert not (folder / "var" / "age-identity.txt").exists()
    assert len(list((folder / "audiences").iterdir())) == 2


def test_bad_rows_are_left_out_when_asked(folder: Path, given: Path) -> None:
    given.write_text(BAD, "utf-8")
    with open_project(folder) as project:
        _, done = importing.import_audience_roster(project, AUDIENCE, given, leave_out=True)
        assert _logged(project)[0][2] == {"rows": 2, "left_out": 2, "encrypted": False, **CHANGES}
    assert (done.rows, len(done.left_out)) == (2, 4)
    assert _look(folder).usable == 2
    assert "Kit" not in (folder / ROSTER).read_text("utf-8")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b\n1,2\n",
        HEADER.encode() + b"Kit,nonsense,,,,,\n",
        GOOD.encode() + b"x" * (1 << 20),
        b"PK\x03\x04 a workbook",
        HEADER.encode("utf-16-be")[:-1],
    ],
)
def test_a_file_that_is_no_list_is_refused_whatever_is_left_out(folder: Path, given: Path, content: bytes) -> None:
    before = (folder / ROSTER).read_bytes()
    given.write_bytes(content)
    with open_project(folder) as project, pytest.raises(ProblemsFoundError):
        importing.import_audience_roster(project, AUDIENCE, given, leave_out=True)
    assert (folder / ROSTER).read_bytes() == before


def test_whoever_was_erased_and_stands_on_a_list_is_told_of(folder: Path, given: Path) -> None:
    with open_project(folder) as project:
        importing.import_audience_roster(project, AUDIENCE, given)
        admin = command_line_actor(project.settings, "wenmei", Permission.ERASE)
        erase_person(project, "all", "INES@example.org", "asked by letter", admin)
        _, done = importing.import_audience_roster(project, AUDIENCE, given)
        by_number = given.with_name("by-number.csv")
        by_number.write_text(HEADER + "Ines,,0044 7700 900444,en,,,Ashmere\n", "utf-8")
        _, again = importing.import_audience_roster(project, AUDIENCE, by_number)
    told = [(one.code, one.line, one.file) for one in (*done.warnings, *again.warnings)]
    assert told == [("row-erased", 2, "list.csv"), ("row-erased", 2, "by-number.csv")]
    assert "ines" not in str(done.warnings).lower()


def test_a_list_with_more_columns_than_a_roster_may_have_leaves_it_as_it_was(folder: Path, tmp_path: Path) -> None:
    before = (folder / ROSTER).read_bytes()
    wide = tmp_path / "wide.csv"
    more = [f"answer_{n}" for n in range(200)]
    wide.write_text(",".join(["name", "email", *more]) + "\nAda,ada@example.org" + ",x" * len(more) + "\n", "utf-8")
    with open_project(folder) as project, pytest.raises(ProblemsFoundError) as caught:
        importing.import_audience_roster(project, AUDIENCE, wide)
    assert ["more than 200 columns" in one.message for one in caught.value.problems] == [True]
    assert (folder / ROSTER).read_bytes() == before


def test_a_list_that_is_not_there(folder: Path, tmp_path: Path) -> None:
    with open_project(folder) as project:
        for missing in (tmp_path / "nosuch.csv", tmp_path):
            with pytest.raises(ListMissingError):
                importing.import_audience_roster(project, AUDIENCE, missing)
        with pytest.raises(ProblemsFoundError):
            importing.import_audience_roster(project, "../../etc/passwd", folder / ROSTER)


def test_the_first_roster_of_an_audience(folder: Path, given: Path) -> None:
    (folder / ROSTER).unlink()
    with open_project(folder) as project:
        assert not importing.has_roster(project, AUDIENCE)
        importing.import_audience_roster(project, AUDIENCE, given)
        assert importing.has_roster(project, AUDIENCE)
    assert (folder / ROSTER).stat().st_mode & 0o777 == 0o600


def test_encrypting_leaves_nothing_readable(folder: Path, given: Path) -> None:
    description = (folder / AUDIENCE_YAML).read_text("utf-8")
    with open_project(folder) as project:
        audience, _ = importing.import_audience_roster(project, AUDIENCE, given, encrypt=True)
        assert counting.count_audience(project, AUDIENCE).usable == 2
        # From then on it stays encrypted.
        write = importing.import_audience_roster(project, AUDIENCE, given)[0]
    assert audience.roster_name == write.roster_name == f"{ROSTER}.age"
    assert (folder / AUDIENCE_YAML).read_text("utf-8") == description.replace(f"{AUDIENCE}.csv", f"{AUDIENCE}.csv.age")
    assert not (folder / ROSTER).exists()
    assert all(b"ines@" not in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert (folder / "var" / "age-identity.txt").stat().st_mode & 0o777 == 0o600


def test_what_goes_out_is_safe_in_a_spreadsheet_and_comes_back_the_same(folder: Path, tmp_path: Path) -> None:
    write_roster(folder, [*PEOPLE, person(8, name="=HYPERLINK(1)", borough="@here"), person(9, email="broken")])
    out = tmp_path / "out.csv"
    with open_project(folder) as project:
        look = importing.export_audience_roster_to(project, AUDIENCE, out)
        assert (look.usable, look.unusable) == (len(PEOPLE) + 1, 1)
        printed = io.StringIO()
        importing.export_audience_roster(project, AUDIENCE, printed)
        assert printed.getvalue() == out.read_text("utf-8")
        assert _logged(project)[0] == ("audience-export", AUDIENCE, {})
        importing.import_audience_roster(project, AUDIENCE, out)
        again = io.StringIO()
        importing.export_audience_roster(project, AUDIENCE, again)
    assert again.getvalue() == printed.getvalue()
    cells = [cell for row in csv.reader(printed.getvalue().splitlines()) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)
    assert "'=HYPERLINK(1)" in cells and "'+447700900111" in cells
    assert out.stat().st_mode & 0o777 == 0o600


def test_an_export_overwrites_nothing_and_leaves_nothing_half(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("mine", "utf-8")
    with open_project(folder) as project:
        for place in (out, tmp_path / "nosuch" / "out.csv", tmp_path):
            with pytest.raises(NotExportedError):
                importing.export_audience_roster_to(project, AUDIENCE, place)
        assert out.read_text("utf-8") == "mine"
        with pytest.raises(ProblemsFoundError):
            importing.export_audience_roster_to(project, "nosuch", tmp_path / "other.csv")
    assert not (tmp_path / "other.csv").exists()
