"""The columns of a roster, known without its rows."""

from pathlib import Path
from typing import TYPE_CHECKING

import pyrage  # type: ignore[import-untyped]  # it ships no types
import pytest

from broadcaster.audiences.rosters.roster_header import roster_columns

if TYPE_CHECKING:
    from tests.audiences.conftest import Folder

STANDARD = ("name", "email", "phone", "language", "channel", "timezone")
MANY = b"Borough;Name;email;post code\n" + b"Ashmere;Ada Quill;ada@example.org;ZZ1\n" * 50_000


def test_the_standard_ones_come_first_whether_they_are_there_or_not(folder: "Folder") -> None:
    folder.write(MANY)
    assert roster_columns(folder.audience()) == (*STANDARD, "borough", "post_code")


def test_an_encrypted_roster_is_read_no_further_than_its_header(folder: "Folder", tmp_path: Path) -> None:
    key, identity = pyrage.x25519.Identity.generate(), tmp_path / "age-identity.txt"
    identity.write_text(f"{key}\n", "ascii")
    folder.roster = folder.path / "neighbours.csv.age"
    sealed = pyrage.encrypt(MANY, [key.to_public()])
    folder.write(sealed[:-20])  # the end is damaged, and nobody comes there
    assert roster_columns(folder.audience(), identity=identity) == (*STANDARD, "borough", "post_code")
    assert roster_columns(folder.audience()) == STANDARD


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no,such,columns\n", b"name,name,email\n"])
def test_of_one_that_cannot_be_read_the_standard_ones_are_known(folder: "Folder", content: bytes) -> None:
    folder.write(content)
    assert roster_columns(folder.audience()) == STANDARD
