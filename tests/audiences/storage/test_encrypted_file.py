import threading
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pyrage  # type: ignore[import-untyped]  # it ships no types
import pytest

from broadcaster.audiences.rosters.roster_reader import read_roster
from broadcaster.audiences.storage.encrypted_file import (
    IdentityError,
    RosterNotWrittenError,
    read_identity,
    replace_roster,
)

if TYPE_CHECKING:
    from tests.audiences.conftest import Folder

KEY = b"k" * 32
TEXT = "name,email\nAmina,amina@example.org\n,bad\n"


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    key = pyrage.x25519.Identity.generate()
    path = tmp_path / "age-identity.txt"
    path.write_text(f"# created: today\n# public key: {key.to_public()}\n{key}\n")
    return path


@pytest.fixture
def sealed(folder: "Folder", identity: Path) -> "Folder":
    """An audience whose roster is encrypted for the identity."""
    folder.roster = folder.path / "neighbours.csv.age"
    folder.identity = identity
    seal(folder, TEXT.encode())
    return folder


def seal(folder: "Folder", plain: bytes) -> None:
    assert folder.identity is not None
    key = read_identity(folder.identity)[0]
    folder.write(pyrage.encrypt(plain, [key.to_public()]))


def test_an_encrypted_roster_reads_like_a_plain_one(sealed: "Folder") -> None:
    reading = sealed.read()
    assert [one.email for one in reading.recipients] == ["amina@example.org"]
    assert {line for line, _ in reading.codes} == {3}
    assert sealed.audience().roster_name == "audiences/neighbours.csv.age"


def test_nothing_decrypted_is_left_on_disk(sealed: "Folder", tmp_path: Path) -> None:
    sealed.read()
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"amina" in path.read_bytes()]


def test_a_large_roster_streams_and_may_be_left_early(sealed: "Folder") -> None:
    seal(sealed, b"name,email\n" + b"".join(b"P%d,p%d@example.org\n" % (i, i) for i in range(30_000)))
    before = threading.active_count()
    walk = read_roster(sealed.audience(), mark_key=KEY, identity=sealed.identity)
    assert next(walk)
    walk.close()  # type: ignore[attr-defined]  # it is a generator
    assert threading.active_count() == before
    assert len(sealed.read().recipients) == 30_000


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "age-identity"),
        ("nothing here", "age-identity"),
        ("AGE-SECRET-KEY-1NOTAKEY", "age-identity"),
        (str(pyrage.x25519.Identity.generate()), "age-decryption"),
    ],
    ids=["none", "no key", "a broken key", "another key"],  # a generated key as an id would differ in each process
)
def test_a_missing_or_wrong_identity_is_one_clear_problem(sealed: "Folder", content: str | None, code: str) -> None:
    assert sealed.identity is not None
    sealed.identity.unlink()
    if content:
        sealed.identity.write_text(content)
    reading = sealed.read()
    assert [found for _, found in reading.codes] == [code]
    assert "NOTAKEY" not in str(reading.problems)


def test_no_identity_at_all_is_said(sealed: "Folder") -> None:
    sealed.identity = None
    assert [code for _, code in sealed.read().codes] == ["age-identity"]


def test_a_damaged_end_keeps_what_came_before_and_says_so(sealed: "Folder") -> None:
    seal(sealed, b"name,email\n" + b"".join(b"P%d,p%d@example.org\n" % (i, i) for i in range(20_000)))
    raw = sealed.roster.read_bytes()
    sealed.write(raw[:-50])
    reading = sealed.read()
    assert 0 < len(reading.recipients) < 20_000
    assert [code for _, code in reading.codes] == ["age-decryption"]


def test_a_failed_writing_leaves_the_old_roster(folder: "Folder", sealed: "Folder") -> None:
    before = sealed.roster.read_bytes()

    def fail(_: object) -> None:
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        replace_roster(sealed.roster, sealed.identity, fail)
    assert sealed.roster.read_bytes() == before
    assert [path.name for path in sealed.path.iterdir() if path.name.startswith(".")] == []


def test_a_folder_that_is_gone_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(RosterNotWrittenError):
        replace_roster(tmp_path / "nowhere" / "x.csv", None, lambda target: target.write(b"x"))
    with pytest.raises(IdentityError):
        replace_roster(tmp_path / "x.csv.age", None, lambda target: target.write(b"x"))


def test_rosters_are_replaced_one_after_the_other(folder: "Folder") -> None:
    """An erasure that reads the old list while a new one comes would put the old one back."""
    folder.write("name,email\nAmina,amina@example.org\nBo,bo@example.org\n")
    path = folder.roster
    reading, read_on, seen = threading.Event(), threading.Event(), list[bytes]()

    def slowly(target: BinaryIO) -> None:
        target.write(path.read_bytes())
        reading.set()
        read_on.wait(10)

    def next_one(target: BinaryIO) -> None:
        seen.append(path.read_bytes())
        target.write(b"name,email\nCy,cy@example.org\n")

    first = threading.Thread(target=replace_roster, args=(path, None, slowly))
    first.start()
    assert reading.wait(10)
    second = threading.Thread(target=replace_roster, args=(path, None, next_one))
    second.start()
    second.join(0.2)
    assert not seen
    read_on.set()
    first.join(10)
    second.join(10)
    assert b"Bo," in seen[0]
    assert path.read_bytes().endswith(b"Cy,cy@example.org\n")
