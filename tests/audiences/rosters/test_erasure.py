from typing import TYPE_CHECKING

import pyrage  # type: ignore[import-untyped]  # it ships no types
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcaster.audiences.rosters.erasure import erase_from_roster
from broadcaster.audiences.rosters.fingerprints import MOST_ERASED_TRIED, RosterFingerprint
from broadcaster.domain.errors import ProblemsFoundError

if TYPE_CHECKING:
    from tests.audiences.conftest import Folder

KEY = b"k" * 32
TEXT = (
    "Name;E-Mail\r\n".replace("E-Mail", "Email")
    + 'Amina;"amina@example.org"\r\n'
    + "\r\n"
    + "Omar ;omar@example.org\r\n"
    + 'Broken;"amina@example.org"x\r\n'
    + "Amina too;AMINA@Example.org"
)


def test_a_person_goes_and_every_other_byte_stays(folder: "Folder") -> None:
    folder.write(TEXT)
    folder.roster.chmod(0o640)
    gone = erase_from_roster(folder.audience(), " Amina@example.org", mark_key=KEY)
    assert gone.rows == (2, 5, 6)
    assert folder.roster.read_bytes() == b"Name;Email\r\n\r\nOmar ;omar@example.org\r\n"
    assert folder.roster.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_the_encoding_stays(folder: "Folder", encoding: str) -> None:
    text = "sep=;\n" + TEXT.replace("Omar", "عمر")
    bom = b"\xfe\xff" if encoding == "utf-16-be" else b""
    folder.write(bom + text.encode(encoding))
    erase_from_roster(folder.audience(), "amina@example.org", mark_key=KEY)
    assert folder.roster.read_bytes() == bom + "sep=;\nName;Email\r\n\r\nعمر ;omar@example.org\r\n".encode(encoding)


def test_a_number_is_found_however_it_is_written(folder: "Folder") -> None:
    folder.write("name,phone\nAmina,07700 900123\nOmar,'+44 7700 900 123\nNoor,07700 900124\n")
    assert erase_from_roster(folder.audience(), "+447700900123", mark_key=KEY).rows == (2, 3)
    assert folder.roster.read_text() == "name,phone\nNoor,07700 900124\n"


def test_what_is_no_good_address_is_found_as_it_stands(folder: "Folder") -> None:
    folder.write("name,email\nAmina,amina@nowhere\nOmar,omar@example.org\n")
    assert erase_from_roster(folder.audience(), "amina@nowhere", mark_key=KEY).rows == (2,)


def test_where_nobody_has_the_address_nothing_is_written(folder: "Folder") -> None:
    folder.write(TEXT)
    before = folder.roster.stat()
    assert erase_from_roster(folder.audience(), "noor@example.org", mark_key=KEY).rows == ()
    assert erase_from_roster(folder.audience(), "", mark_key=KEY).rows == ()
    assert folder.roster.stat().st_ino == before.st_ino


def test_a_roster_that_cannot_be_read_is_left_alone(folder: "Folder") -> None:
    folder.write("no header\n")
    with pytest.raises(ProblemsFoundError):
        erase_from_roster(folder.audience(), "amina@example.org", mark_key=KEY)
    assert folder.roster.read_text() == "no header\n"


def test_an_encrypted_roster_stays_encrypted(folder: "Folder") -> None:
    key = pyrage.x25519.Identity.generate()
    folder.identity = folder.path.parent / "identity.txt"
    folder.identity.write_text(str(key))
    folder.roster = folder.path / "neighbours.csv.age"
    folder.write(pyrage.encrypt(TEXT.encode(), [key.to_public()]))
    gone = erase_from_roster(folder.audience(), "amina@example.org", mark_key=KEY, identity=folder.identity)
    assert gone.rows == (2, 5, 6)
    assert pyrage.decrypt(folder.roster.read_bytes(), [key]) == b"Name;Email\r\n\r\nOmar ;omar@example.org\r\n"


@given(st.lists(st.sampled_from(["amina", "omar", "noor"]), min_size=1, max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_marks_of_the_erased_make_up_the_difference(folder: "Folder", people: list[str]) -> None:
    folder.write("name,email\n" + "".join(f"{person},{person}@example.org\n" for person in people))
    before, after = RosterFingerprint(KEY), RosterFingerprint(KEY)
    for one in folder.read().recipients:
        before.add(one.mark)
    gone = erase_from_roster(folder.audience(), "amina@example.org", mark_key=KEY)
    for one in folder.read().recipients:
        after.add(one.mark)
    assert len(gone.marks) == people.count("amina")
    for mark in gone.marks:
        before.subtract(mark)
    assert before.hex() == after.hex()


MARKS = st.lists(st.integers(0, 5).map(lambda number: bytes([number]) * 16), max_size=6)


@given(present=MARKS, erased=MARKS, later=MARKS)
def test_the_erased_who_were_there_are_found_among_all_who_were_erased(
    present: list[bytes], erased: list[bytes], later: list[bytes]
) -> None:
    signed = fingerprint([*present, *erased])
    mark = fingerprint(present)
    mark.put_back([*later, *erased][:MOST_ERASED_TRIED], signed.hex())
    if len(later) + len(erased) <= MOST_ERASED_TRIED:
        assert mark.hex() == signed.hex()


@given(present=MARKS, erased=MARKS)
def test_a_row_that_nobody_erased_is_not_made_up_for(present: list[bytes], erased: list[bytes]) -> None:
    signed = fingerprint([*present, b"edited by hand.."])
    mark = fingerprint(present)
    mark.put_back(erased, signed.hex())
    assert mark.hex() != signed.hex()


def test_of_very_many_all_or_none_are_put_back() -> None:
    many = [bytes([number]) * 16 for number in range(MOST_ERASED_TRIED + 5)]
    for signed in (fingerprint(many), fingerprint([])):
        mark = fingerprint([])
        mark.put_back(many, signed.hex())
        assert mark.hex() == signed.hex()


def fingerprint(rows: list[bytes]) -> RosterFingerprint:
    mark = RosterFingerprint(KEY)
    for row in rows:
        mark.add(row)
    return mark
