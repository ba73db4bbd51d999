"""What a new roster changes, told by people's addresses."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from broadcaster.audiences.importing.import_export import export_roster, import_roster
from broadcaster.audiences.importing.roster_comparison import RosterChanges

if TYPE_CHECKING:
    from tests.audiences.conftest import Folder

KEY = b"k" * 32
OLD = (
    "name,email,phone,borough\nAda,ada@example.org,,Ashmere\nBo,,+447700900111,Brackwell\nCy,cy@example.org,,Ashmere\n"
)


def changes(folder: "Folder", source: Path, old: str, new: str) -> RosterChanges:
    """What importing `new` over `old` says."""
    people = folder.read(old).recipients
    source.write_text(new, "utf-8")
    return import_roster(folder.audience(), source, mark_key=KEY, before=people).changes


@pytest.mark.parametrize(
    ("new", "wanted"),
    [
        (OLD, RosterChanges(0, 0, 0, 3)),
        (OLD.replace("Brackwell", "Colverton"), RosterChanges(0, 0, 1, 2)),
        (OLD.replace("cy@", "cyril@"), RosterChanges(1, 1, 0, 2)),
        (OLD + "Di,di@example.org,,\n", RosterChanges(1, 0, 0, 3)),
        ("name,email\nAda,ada@example.org\n", RosterChanges(0, 2, 1, 0)),
        # The same in other words: spelling, order of rows and columns, empty columns, an address that stands twice.
        (
            OLD.replace("ada@example.org", "ADA@example.org").replace("+447700900111", "07700 900111"),
            RosterChanges(0, 0, 1, 2),
        ),
        ("borough,phone,name,email,note\nAshmere,,Cy,cy@example.org,\n", RosterChanges(0, 2, 0, 1)),
        (OLD + "Ada,ada@example.org,,Ashmere\n", RosterChanges(0, 0, 0, 3)),
    ],
)
def test_people_are_told_by_their_address(folder: "Folder", tmp_path: Path, new: str, wanted: RosterChanges) -> None:
    assert changes(folder, tmp_path / "new.csv", OLD, new) == wanted


def test_an_export_that_comes_back_changes_nothing(folder: "Folder", tmp_path: Path) -> None:
    old = OLD.replace("Ashmere", "=Ashmere")
    target = io.StringIO()
    export_roster(folder.read(old).recipients, target)
    assert "'=Ashmere" in target.getvalue()
    assert changes(folder, tmp_path / "new.csv", old, target.getvalue()) == RosterChanges(0, 0, 0, 3)


def test_all_are_new_where_there_was_nobody(folder: "Folder", tmp_path: Path) -> None:
    assert changes(folder, tmp_path / "new.csv", "name,email\n", OLD) == RosterChanges(3, 0, 0, 0)
