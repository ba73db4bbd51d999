"""A file is written whole or not at all, also when processes are killed or race."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from broadcaster.files.whole_files import create_file, remove_unfinished, replacing_file

WRITER = """\
import sys
from pathlib import Path
from broadcaster.files.whole_files import create_file
sys.stdin.readline()
try:
    create_file(Path(sys.argv[1]), sys.argv[2].encode() * 200_000)
    print("made")
except FileExistsError:
    print("there")
"""
REPLACER = """\
import sys
from pathlib import Path
from broadcaster.files.whole_files import replacing_file
with replacing_file(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    print("begun", flush=True)
    sys.stdin.readline()
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_of_two_writers_one_wins_and_the_file_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "one.eml"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(target), letter], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for letter in "abcd"
    ]
    said = [writer.communicate(b"go\n")[0].strip() for writer in writers]
    assert sorted(said) == [b"made", b"there", b"there", b"there"]
    assert len(set(target.read_bytes())) == 1
    assert target.stat().st_size == 200_000
    with pytest.raises(FileExistsError):
        create_file(target, b"again")
    assert names(tmp_path) == ["one.eml"]


def test_a_new_file_is_for_its_owner_alone_unless_it_is_said(tmp_path: Path) -> None:
    create_file(tmp_path / "a", b"a")
    create_file(tmp_path / "b", b"b", 0o644)
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in "ab"]
    assert modes[0] == 0o600
    assert modes[1] & 0o444 == 0o444


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_replaced_file_keeps_its_mode_and_a_link_becomes_a_file(tmp_path: Path, mode: int) -> None:
    target, link = tmp_path / "a", tmp_path / "link"
    target.write_bytes(b"old")
    target.chmod(mode)
    link.symlink_to(target)
    for path in (link, target):
        with replacing_file(path) as file:
            file.write(b"new")
            file.flush()
            assert Path(file.name).read_bytes() == b"new"
            assert target.read_bytes() == b"old"
        assert (path.read_bytes(), path.is_symlink(), path.stat().st_mode & 0o777) == (b"new", False, mode)
    assert names(tmp_path) == ["a", "link"]


def test_a_block_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    with pytest.raises(RuntimeError), replacing_file(target) as file:
        file.write(b"new")
        raise RuntimeError
    assert (names(tmp_path), target.read_bytes()) == (["a"], b"old")


def test_what_a_killed_process_left_goes_and_what_is_still_written_stays(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    with subprocess.Popen(
        [sys.executable, "-c", REPLACER, str(target)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == b"begun\n"
        (left,) = tmp_path.glob(".a.*")
        assert left.stat().st_mode & 0o777 == 0o600
        os.utime(left, (1, 1))
        remove_unfinished(tmp_path)
        assert left.exists(), "a living process writes it"
        writer.kill()
        writer.communicate()
    other = tmp_path / ".b.1.tmp"
    other.write_bytes(b"half")
    with replacing_file(target) as file:
        file.write(b"new")
    assert (left.exists(), other.exists(), target.read_bytes()) == (False, True, b"new")
    remove_unfinished(tmp_path)
    assert other.exists(), "it was just made"
    os.utime(other, (1, 1))
    remove_unfinished(tmp_path)
    assert names(tmp_path) == ["a"]
