"""Files that are no list, or would be one too many: named, or stopped before they take memory or time."""

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from broadcaster.audiences.columns.column_names import SheetError
from broadcaster.audiences.description.audience import Audience
from broadcaster.audiences.importing.list_preparation import ListChoices, Spool, prepare_list
from broadcaster.domain.errors import ProblemsFoundError
from tests import lists

if TYPE_CHECKING:
    from tests.audiences.conftest import Folder

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000)
PEOPLE = [["Name", "Email"], ["Ada", "ada@example.org"]]


class Kept(io.BytesIO):
    """A spool in memory."""

    name = "spool.csv"

    def open(self, mode: str) -> io.BufferedReader:
        del mode
        return io.BufferedReader(io.BytesIO(self.getvalue()))


def code(tmp_path: Path, content: bytes, name: str = "list.xlsx") -> tuple[str, str]:
    """Why this file is not read."""
    source = tmp_path / name
    source.write_bytes(content)
    made: list[Spool] = []
    with pytest.raises(SheetError) as caught:
        prepare_list(source, ListChoices(), {}, lambda: made.append(Kept()) or made[0])  # type: ignore[func-returns-value]
    return caught.value.flaws[0].code, caught.value.flaws[0].message


def repacked(content: bytes, change: dict[str, bytes]) -> bytes:
    """A workbook with other parts in it."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            archive.writestr(name, change.get(name, source.read(name)))
    return target.getvalue()


def archive(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for name in names:
            made.writestr(name, b"x")
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"  <!DOCTYPE html><html>", "a web page"),
        (b"\xef\xbb\xbf<table><tr><td>Name", "a web page"),
        ("<html>".encode("utf-16"), "a web page"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "an XML spreadsheet"),
        (b'<?xml version="1.0"?><office:document xmlns="urn:oasis:names:tc:opendocument:x">', "a flat OpenDocument"),
        (b'<?xml version="1.0"?><rss>', "an XML file"),
        (b"{\\rtf1", "RTF"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (OLE + "WordDocument".encode("utf-16-le"), "a Word document"),
        (archive("word/document.xml"), "a Word document"),
        (archive("Index/Document.iwa"), "Numbers"),
        (archive("people.csv"), "a ZIP archive"),
        (b"age-encryption.org/v1\n", "encrypted with age"),
    ],
)
def test_what_it_really_is_is_said_by_name(tmp_path: Path, content: bytes, said: str) -> None:
    found, message = code(tmp_path, content, "people.xls")
    assert (found, said in message) == ("not-a-list", True)


def test_a_workbook_that_unpacks_to_too_much_is_stopped(tmp_path: Path) -> None:
    bomb = repacked(lists.xlsx(PEOPLE), {"xl/theme/theme1.xml": bytes(513 << 20)})
    assert len(bomb) < 1 << 20
    assert code(tmp_path, bomb)[0] == "workbook-too-large"
    # Whatever its directory says of the size.
    at = bomb.rindex(b"xl/theme/theme1.xml") - 46
    lying = bomb[: at + 24] + (10).to_bytes(4, "little") + bomb[at + 28 :]
    assert code(tmp_path, lying)[0] == "workbook-too-large"


def test_a_cell_far_out_takes_no_memory(tmp_path: Path) -> None:
    far = lists.xlsx([*PEOPLE, []])
    with zipfile.ZipFile(io.BytesIO(far)) as source:
        sheet = source.read("xl/worksheets/sheet1.xml")
    cell = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    assert code(tmp_path, repacked(far, {"xl/worksheets/sheet1.xml": sheet.replace(b"</sheetData>", cell)}))[0] == (
        "workbook-too-large"
    )


@pytest.mark.parametrize("cut", [40, 1000, -30])
def test_a_damaged_workbook_is_said_to_be_one(tmp_path: Path, cut: int) -> None:
    found, _ = code(tmp_path, lists.xlsx(PEOPLE)[:cut])
    assert found in {"workbook-unreadable", "not-a-list"}


def test_a_workbook_without_cells_is_empty(tmp_path: Path) -> None:
    assert code(tmp_path, lists.xlsx([]))[0] == "roster-empty"


def test_a_workbook_that_lies_there_as_the_roster_is_to_be_taken_in(folder: "Folder") -> None:
    for yaml, name in (("roster: people.xlsx\n", "people.xlsx"), ("", "neighbours.ods")):
        (folder.path / name).write_bytes(lists.xlsx(PEOPLE))
        with pytest.raises(ProblemsFoundError) as caught:
            folder.audience(yaml)
        (problem,) = caught.value.problems
        assert problem.code == "roster-missing"
        assert f"broadcaster audience import neighbours audiences/{name}" in problem.remedy
    reading = folder.read(lists.xlsx(PEOPLE))
    assert [(one.code, "audience import" in one.remedy) for one in reading.problems] == [("roster-not-csv", True)]


COLUMNS = 'columns: {Wer: name, Vorname: name, "E-Mail": email, Notiz: "-"}\n'
CSV = "Vorname;Wer;E-Mail;Notiz;Borough\nAda;Quill;ada@example.org;late;Ashmere\nBo;Vane;broken;;Ashmere\n"


def test_a_roster_with_other_headings_is_read_as_its_description_says(folder: "Folder") -> None:
    reading = folder.read(CSV, yaml=COLUMNS)
    (ada,) = reading.recipients
    assert (ada.name, ada.email, ada.fields["borough"], "notiz" in ada.fields) == (
        "Ada Quill",
        "ada@example.org",
        "Ashmere",
        False,
    )
    assert reading.codes == [(3, "email-invalid")]


def digest(folder: "Folder", yaml: str) -> str:
    audience: Audience = folder.audience(yaml)
    return audience.digest


def test_what_headings_mean_is_part_of_what_is_approved(folder: "Folder") -> None:
    folder.write(CSV)
    assert digest(folder, COLUMNS) != digest(folder, COLUMNS.replace("Wer: name", "Wer: surname"))
    assert digest(folder, "") == digest(folder, "columns: {}\n")


def test_a_column_that_cannot_be_one_is_told_with_its_line(folder: "Folder") -> None:
    folder.write(CSV)
    with pytest.raises(ProblemsFoundError) as caught:
        folder.audience("columns: {Wer: Full Name}\n")
    assert [(one.line, "cannot be the name of a column" in one.message) for one in caught.value.problems] == [(4, True)]


def test_a_heading_that_is_matched_two_ways_is_told_with_its_line(folder: "Folder") -> None:
    folder.write(CSV)
    with pytest.raises(ProblemsFoundError) as caught:
        folder.audience('columns:\n  Mob: phone\n  "MOB ": "-"\n')
    assert [(one.code, one.line) for one in caught.value.problems] == [("columns-twice", 6)]
    assert folder.audience('columns:\n  Mob: phone\n  "MOB ": phone\n').description.columns
