"""A row read by its place is the row that walking meets, whatever the file looks like."""

import codecs
import csv
import io
from pathlib import Path

import pyrage  # type: ignore[import-untyped]  # it ships no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.audiences.model.recipient import Recipient
from broadcaster.audiences.rosters.roster_reader import read_row
from broadcaster.audiences.rosters.row_offsets import RowOffsets, find_row_offsets, find_rows_by_name
from tests.audiences.conftest import KEY, Folder

WORD = st.text('aé\n\r",; ع😀', max_size=6)
ROW = st.tuples(WORD, st.sampled_from(["ann@example.org", "bo@example.org", "nothing", ""]), WORD)


def written(rows: list[tuple[str, str, str]], encoding: str, mark: bytes) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("name", "email", "borough"), *rows])
    return mark + text.getvalue().encode(encoding)


def places(folder: Folder, recipients: list[Recipient]) -> RowOffsets:
    return find_row_offsets(folder.audience(), [one.row for one in recipients], folder.identity)


def by_place(folder: Folder, row: int, found: RowOffsets) -> Recipient | None:
    return read_row(folder.audience(), row, found.offset(row), mark_key=KEY, identity=folder.identity)


@given(
    st.lists(ROW, max_size=12),
    st.sampled_from([("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("utf-16-le", codecs.BOM_UTF16_LE)]),
    st.sampled_from([b"", b"\n", b'x,"y\n', b'\nlast "one",x@example.org,\n']),
)
def test_a_row_by_its_place_is_the_row(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], how: tuple[str, bytes], ending: bytes
) -> None:
    folder = Folder(tmp_path_factory.mktemp("project"))
    encoding, mark = how
    folder.write(written(rows, encoding, mark) + ending.decode().encode(encoding))
    recipients = folder.read().recipients
    found = places(folder, recipients)
    assert len(found) == len(recipients)
    assert [by_place(folder, one.row, found) for one in recipients] == recipients


def test_what_lies_between_usable_rows_is_passed_over(folder: Folder) -> None:
    folder.write("name,email\nAnn,ann@example.org\n,nobody\n\nBo,bo@example.org\n")
    found = places(folder, folder.read().recipients)
    assert [found.at_or_after(row) for row in (0, 2, 3, 5, 6)] == [2, 2, 5, 5, None]
    assert [found.before(row) for row in (2, 3, 5, 9)] == [None, 2, 2, 5]


def test_an_encrypted_roster_is_walked_to_the_row(folder: Folder, tmp_path: Path) -> None:
    key = pyrage.x25519.Identity.generate()
    folder.identity = tmp_path / "identity.txt"
    folder.identity.write_text(str(key), "ascii")
    folder.roster = folder.path / "neighbours.csv.age"
    plain = b"name,email\nAnn,ann@example.org\nBo,bo@example.org\n"
    folder.roster.write_bytes(pyrage.encrypt(plain, [key.to_public()]))
    recipients = folder.read().recipients
    found = places(folder, recipients)
    assert [by_place(folder, one.row, found) for one in recipients] == recipients


def test_a_row_that_is_no_longer_there_is_none(folder: Folder) -> None:
    folder.write("name,email\nAnn,ann@example.org\nBo,bo@example.org\n")
    found = places(folder, folder.read().recipients)
    folder.write("name,email\nAnn,ann@example.org\n")
    assert by_place(folder, 3, found) is None
    folder.write("")
    assert by_place(folder, 3, found) is None


def test_people_are_found_by_a_part_of_their_name(folder: Folder) -> None:
    folder.write("name,email\nÁine  Byrne,a@example.org\nBo,bo@example.org\naine byrne,\n")
    assert list(find_rows_by_name(folder.audience(), "byrne", None)) == [2, 4]
    assert list(find_rows_by_name(folder.audience(), "ÁINE", None)) == [2]
    assert list(find_rows_by_name(folder.audience(), "nobody", None)) == []
