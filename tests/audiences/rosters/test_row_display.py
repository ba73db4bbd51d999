"""Rows as a spreadsheet shows them."""

from typing import TYPE_CHECKING

from broadcaster.audiences.rosters.row_display import ShownFlaw, ShownRow, show_rows

if TYPE_CHECKING:
    from tests.audiences.conftest import Folder

ROSTER = (
    "name;email;phone;language\n"
    "Ada;ada@example.org;07700 900111;en\n"
    "\n"
    "Bo;bo-at-example.org;;klingon\n"
    ";;;\n"
    "Cy\n"
    "Di;;;ar\n"
)


def shown(folder: "Folder", rows: list[int], text: str | bytes = ROSTER) -> dict[int, ShownRow]:
    folder.write(text)
    return {one.row: one for one in show_rows(folder.audience(), rows)}


def test_a_mistake_is_told_by_its_cell(folder: "Folder") -> None:
    found = shown(folder, [4])
    assert [(one.cells, one.value) for one in found[4].faults] == [
        (("B4",), "bo-at-example.org"),
        (("D4",), "klingon"),
    ]
    assert found[4].values["name"] == "Bo"


def test_one_that_lies_in_two_cells_names_both(folder: "Folder") -> None:
    (fault,) = shown(folder, [7])[7].faults
    assert (fault.cells, fault.columns, fault.value) == (("B7", "C7"), ("email", "phone"), "")


def test_one_of_the_whole_row_shows_the_row(folder: "Folder") -> None:
    (fault,) = shown(folder, [6])[6].faults
    assert (fault.cells, fault.value) == ((), "Cy")


def test_only_the_rows_that_were_asked_for_are_there_in_order(folder: "Folder") -> None:
    assert list(shown(folder, [7, 2, 999])) == [2, 7]
    assert shown(folder, [2])[2].values["phone"] == "+447700900111"
    assert shown(folder, []) == {}


def test_what_no_page_could_show_is_taken_out(folder: "Folder") -> None:
    """Letters that are no UTF-8, quotes out of place, cells without an end, marks that turn the reading round."""
    latin = "name,email\nJosé,jose@example.org\n".encode("latin-1")
    values = [one.value for one in shown(folder, [2], latin)[2].faults]
    assert [one.encode() for one in values] == [b"Jos"]
    (fault,) = shown(folder, [2], 'name,email\n"Ada" x,ada@example.org\n')[2].faults
    assert fault.value == '"Ada" x,ada@example.org'
    (fault,) = shown(folder, [2], f"name,email\nAda,{'x' * 20_000}\n")[2].faults
    assert len(fault.value) < 200
    turned = shown(folder, [2], "name,email\n\u202eAda,x\n")[2]
    assert turned.values["name"] == "Ada"


def test_nothing_of_it_is_printed_by_accident(folder: "Folder") -> None:
    printed = repr(shown(folder, [2, 4]))
    assert "Ada" not in printed
    assert "bo-at-example.org" not in printed
    assert "fault" in printed.lower()


def test_a_file_that_breaks_off_shows_what_came_before(folder: "Folder") -> None:
    text = "name,email\nAda,ada@example.org\n".encode("utf-16") + b"\x00"
    assert list(shown(folder, [2, 3], text)) == [2]
    assert shown(folder, [2], "no header here\n") == {}


def test_a_fault_says_what_to_do(folder: "Folder") -> None:
    fault: ShownFlaw = shown(folder, [4])[4].faults[0]
    assert fault.message and fault.remedy
    assert "bo-at" not in fault.message + fault.remedy
