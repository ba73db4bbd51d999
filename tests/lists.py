"""One list of invented people, in the forms in which people keep such lists."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import openpyxl  # type: ignore[import-untyped]  # it ships no types
from odf.opendocument import OpenDocumentSpreadsheet  # type: ignore[import-untyped]  # nor does it
from odf.table import Table, TableCell, TableRow  # type: ignore[import-untyped]
from odf.text import P  # type: ignore[import-untyped]

HEADINGS = ("Full name", "E-Mail", "Mobile", "Preferred language", "Borough")
_NAMES = ("Amina Khan", "José Example", "Siân Owen", "Chloé O'Brien", "Zoë Müller", "Nuño Ibáñez")
_WORDS = ("English", "Arabic", "Urdu", "bn", "AR", "")

PEOPLE = [
    (f"{_NAMES[n % 6]} {n}", f"person{n}@example.org", f"07700 900{n:03d}" if n % 3 else "", _WORDS[n % 6], "Ashmere")
    for n in range(60)
]
"""Sixty rows under HEADINGS."""

COLUMNS = ("name", "email", "phone", "language")


def expected() -> list[tuple[str, str, str, str]]:
    """What a roster made of them has in COLUMNS."""
    tags = {"English": "en", "Arabic": "ar", "Urdu": "ur", "AR": "ar"}
    return [
        (name, email, phone.replace(" ", "").replace("0", "+44", 1), tags.get(word, word))
        for name, email, phone, word, _ in PEOPLE
    ]


def roster(content: bytes) -> list[tuple[str, ...]]:
    """The same of a roster's file."""
    rows = csv.DictReader(io.StringIO(content.decode()))
    return [tuple(row[column] for column in COLUMNS) for row in rows]


def separated(rows: Iterable[Sequence[str]], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """A text file of rows."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx(*sheets: Sequence[Any], hidden: Sequence[int] = (), merged: Sequence[str] = ()) -> bytes:
    """An Excel workbook; `hidden` rows and `merged` ranges are those of its first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"Sheet {number}")
        for row in rows:
            sheet.append(list(row))
    first = book.worksheets[0]
    for row_number in hidden:
        first.row_dimensions[row_number].hidden = True
    for cells in merged:
        first.merge_cells(cells)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def ods(rows: Sequence[Sequence[str | float | date]], *, spans: dict[tuple[int, int], int] | None = None) -> bytes:
    """An OpenDocument spreadsheet; `spans` says how many rows a cell (row and column from 0) is merged over."""
    document = OpenDocumentSpreadsheet()
    table = Table(name="Sheet 1")
    for at, row in enumerate(rows):
        line = TableRow()
        for place, value in enumerate(row):
            more = {"numberrowsspanned": spans[at, place]} if spans and (at, place) in spans else {}
            kind = {"valuetype": "float", "value": value} if isinstance(value, float) else {"valuetype": "string"}
            cell = TableCell(**kind, **more)
            cell.addElement(P(text=str(value)))
            line.addElement(cell)
        table.addElement(line)
    document.spreadsheet.addElement(table)
    target = io.BytesIO()
    document.write(target)
    return target.getvalue()


_GOOGLE = [
    *("First Name", "Middle Name", "Last Name", "Phonetic First Name", "Phonetic Middle Name", "Phonetic Last Name"),
    *("Name Prefix", "Name Suffix", "Nickname", "File As", "Organization Name", "Organization Title"),
    *("Organization Department", "Birthday", "Notes", "Photo", "Labels", "E-mail 1 - Label", "E-mail 1 - Value"),
    *("Phone 1 - Label", "Phone 1 - Value", "Phone 2 - Label", "Phone 2 - Value"),
    *("Custom Field 1 - Label", "Custom Field 1 - Value"),
]


def google() -> bytes:
    """Google's export of the same people: some have a landline first, and a note that is nobody's business."""
    rows: list[Sequence[str]] = [_GOOGLE]
    for n, (name, email, phone, language, _) in enumerate(PEOPLE):
        first, _, last = name.partition(" ")
        phones = ["Home", "020 7946 0018", "Mobile", phone] if phone and n % 2 else ["Mobile", phone, "", ""]
        rows.append(
            [first, "", last, *[""] * 11, "met at the fair", "", "* myContacts", "* Home", email, *phones]
            + (["Language", language] if language else ["", ""])
        )
    return separated(rows)


def all_forms() -> dict[str, bytes]:
    """The file names and contents of one list in each form."""
    table = [HEADINGS, *PEOPLE]
    return {
        "people.xlsx": xlsx(table),
        "people.ods": ods(table),
        "people.csv": separated(table, ";", "cp1252"),
        "people.tsv": separated(table, "\t", "utf-16"),
        "contacts.csv": google(),
    }
