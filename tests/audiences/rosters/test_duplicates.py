"""Who stands on a roster twice is told, and nobody is joined with anybody: only one address is one."""

from typing import TYPE_CHECKING

import pytest

from broadcaster.domain.problems import Severity

if TYPE_CHECKING:
    from tests.audiences.conftest import Folder

HEADER = "name,email,phone\n"


def said(folder: "Folder", rows: str) -> list[tuple[int | None, str, str]]:
    reading = folder.read(HEADER + rows)
    assert {one.level for one in reading.problems} <= {Severity.WARNING}
    assert len(reading.recipients) == rows.count("\n")
    return [(one.line, one.code, one.message) for one in reading.problems]


def test_one_person_with_two_addresses_is_asked_about(folder: "Folder") -> None:
    rows = "Ada Quill,ada@example.org,\nBo Lee,bo@example.org,\nada  QUILL,ada@example.net,\n"
    ((row, code, message),) = said(folder, rows)
    assert (row, code) == (4, "same-name")
    assert "row 2 with another address" in message


def test_a_familys_one_number_is_told_as_such(folder: "Folder") -> None:
    rows = "Ada Quill,ada@example.org,07700 900111\nBo Quill,bo@example.org,+447700900111\n"
    ((row, code, message),) = said(folder, rows)
    assert (row, code) == (3, "duplicate-address")
    assert "row 2 under another name, as a family's one number does" in message


def test_a_shared_email_address_is_told_as_such(folder: "Folder") -> None:
    ((_, code, message),) = said(folder, "Ada Quill,home@example.org,\nBo Quill,Home@example.org,\n")
    assert code == "duplicate-address"
    assert "under another name" in message


def test_the_same_row_twice_is_told_once(folder: "Folder") -> None:
    rows = "Ada Quill,ada@example.org,\n" * 3
    assert [(row, code) for row, code, _ in said(folder, rows)] == [(3, "duplicate-address"), (4, "duplicate-address")]


@pytest.mark.parametrize(
    "names",
    [
        ("Mohammed Ali", "Mohammad Ali"),
        ("José Ruiz", "Jose Ruiz"),
        ("রহিম মিয়া", "রহমি মিয়া"),  # the same letters without their vowel signs
        ("राम सीता", "रमा सीता"),
        ("علي حسن", "على حسن"),
        ("Иван Ли", "Ивaн Ли"),
        ("Mohammed", "Mohammed"),  # half a name is no reason to wonder
        ("王明", "王明"),
        ("Ada Quill", "Ada B Quill"),
        ("Ada Quill", "Quill Ada"),
    ],
)
def test_likeness_says_nothing(folder: "Folder", names: tuple[str, str]) -> None:
    assert said(folder, f"{names[0]},one@example.org,\n{names[1]},two@example.org,\n") == []


def test_it_is_found_across_thousands_of_rows(folder: "Folder") -> None:
    rows = [f"Person Number {at},p{at}@example.org,\n" for at in range(1_700)]
    rows[1_600] = "Person Number 3,other@example.org,\n"
    ((row, code, message),) = said(folder, "".join(rows))
    assert (row, code) == (1_602, "same-name")
    assert "row 5 " in message
