"""Who of an audience gets nothing, row by row."""

from pathlib import Path

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain import paging
from broadcaster.domain.contact.channels import Channel
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.recipients import preferences
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.project.project import Project
from broadcaster.services.recipients import suppression_list
from broadcaster.services.rosters import counting, excluded_rows, importing
from tests.projects import AUDIENCE, person, write_roster
from tests.services.stage import AUDIENCE_YAML, PEOPLE, add

MANY = paging.PAGE_SIZE + 1


def _rows(project: Project, reason: str, number: int = 1) -> paging.ListPage[excluded_rows.ExcludedRow]:
    return excluded_rows.list_excluded(project, counting.count_audience(project, AUDIENCE), reason, number)


def test_every_row_without_a_letter_has_its_reason(folder: Path) -> None:
    add(folder, AUDIENCE_YAML, "where: recipient.borough != 'Brackwell'\n")
    write_roster(folder, [*PEOPLE, person(7, email="seven-at-example.org")])
    with open_project(folder) as project:
        suppression_list.suppress(
            project, "07700 900222", "asked", command_line_actor(project.settings, "amina", Permission.SUPPRESS)
        )
        with project.ledger.writing() as conn:
            preferences.save(
                conn, blind_address_index(project.keyring, Channel.EMAIL, "person1@example.org"), "none", "door"
            )
        look = counting.count_audience(project, AUDIENCE)
        assert excluded_rows.count_excluded(look) == {
            "row-unusable": 1,
            "not-selected": 2,
            "opted-out": 1,
            "suppressed": 1,
        }
        found = {reason.value: _rows(project, reason).lines for reason in excluded_rows.AUDIENCE_EXCLUSIONS}
    assert [(one.row, one.name) for one in found["not-selected"]] == [(3, "Bilal Noor"), (7, "Fay Lund")]
    assert [(one.row, one.addresses) for one in found["opted-out"]] == [(2, ("person1@example.org",))]
    assert [(one.row, one.addresses, one.barred) for one in found["suppressed"]] == [(4, ("+447700900222",), "by-hand")]
    (bad,) = found["row-unusable"]
    assert [(one.cells, one.value) for one in bad.faults] == [(("B8",), "seven-at-example.org")]
    assert "Noor" not in repr(found)


def test_pages_hold_each_row_once(folder: Path) -> None:
    write_roster(folder, [person(number, email=f"bad{number}") for number in range(MANY)])
    with open_project(folder) as project:
        first, second, beyond = (_rows(project, "row-unusable", number) for number in (1, 2, 99))
        nobody = _rows(project, "suppressed")
    assert [one.row for one in (*first.lines, *second.lines)] == list(range(2, MANY + 2))
    assert (first.number, first.pages, beyond) == (1, 2, second)
    assert (nobody.lines, nobody.pages) == ((), 1)


def test_nobody_left_out_is_no_reason(folder: Path) -> None:
    with open_project(folder) as project:
        assert excluded_rows.count_excluded(counting.count_audience(project, AUDIENCE)) == {}


def test_rows_of_an_encrypted_roster_are_shown_and_its_rest_is_not_read(folder: Path, tmp_path: Path) -> None:
    given = tmp_path / "list.csv"
    given.write_text("name,email\n" + "".join(f"P{n},p{n}@example.org\n" for n in range(20_000)), "utf-8")
    with open_project(folder) as project:
        importing.import_audience_roster(project, AUDIENCE, given, encrypt=True)
        suppression_list.suppress(
            project, "p1@example.org", "asked", command_line_actor(project.settings, "amina", Permission.SUPPRESS)
        )
        (found,) = _rows(project, "suppressed").lines
    assert (found.row, found.name) == (3, "P1")
