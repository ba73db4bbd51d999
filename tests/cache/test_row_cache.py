"""Rows known to be good: quicker where the file can be used at once, and no hindrance where it cannot."""

import os
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from broadcaster.cache import CacheNotClearedError, RowCache, cache_file, row_cache
from broadcaster.keys import Keyring

KEYRING = Keyring(b"k" * 32)
MARKS = [bytes([number]) * 16 for number in range(10)]


@pytest.fixture
def cache(tmp_path: Path) -> RowCache:
    return RowCache(tmp_path / "cache", KEYRING)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / row_cache.ROW_CACHE_FILE


def remember(cache: RowCache, audience: str, *kept: tuple[bytes, bytes | None]) -> None:
    with cache.opened() as seen:
        seen.remember(audience, kept)


def known(cache: RowCache, audience: str) -> dict[bytes, bytes | None]:
    with cache.opened() as seen:
        return dict(seen.find_known(audience, MARKS))


@contextmanager
def locked_by_another_process(file: Path, kind: str) -> Iterator[None]:
    program = (
        "import sqlite3, sys\n"
        f"conn = sqlite3.connect({str(file)!r}, isolation_level=None)\n"
        f"conn.execute('BEGIN {kind}')\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            other.communicate()


def test_rows_are_remembered_by_audience_with_what_normalising_changed(cache: RowCache) -> None:
    remember(cache, "faith-networks", (MARKS[0], b"Amina,+44"), (MARKS[1], None))
    remember(cache, "faith-networks", (MARKS[0], b"other"))
    remember(cache, "councils", (MARKS[2], b"Bilal"))
    remember(cache, "councils")
    assert known(cache, "faith-networks") == {MARKS[0]: b"Amina,+44", MARKS[1]: None}
    assert known(cache, "councils") == {MARKS[2]: b"Bilal"}
    with cache.opened() as seen:
        assert seen.find_known("councils", []) == {}


def test_more_rows_than_are_written_at_once(cache: RowCache) -> None:
    marks = [number.to_bytes(16, "big") for number in range(7_001)]
    with cache.opened() as seen:
        for start in range(0, len(marks), 500):
            seen.remember("councils", [(mark, None) for mark in marks[start : start + 500]])
    with cache.opened() as seen:
        assert len(seen.find_known("councils", marks)) == len(marks)


def test_it_is_sealed_and_for_its_owner_only(cache: RowCache, file: Path) -> None:
    remember(cache, "faith-networks", (MARKS[0], b"canary,+447700900123"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert b"canary" not in file.read_bytes()
    assert b"7700900123" not in file.read_bytes()


def test_forgetting_one_audience_or_all(cache: RowCache) -> None:
    for audience in ("faith-networks", "councils"):
        remember(cache, audience, (MARKS[0], b"Amina"))
    cache.forget("councils")
    assert known(cache, "councils") == {}
    assert known(cache, "faith-networks") == {MARKS[0]: b"Amina"}
    cache.forget()
    assert known(cache, "faith-networks") == {}


def test_what_is_forgotten_is_overwritten(cache: RowCache, file: Path) -> None:
    remember(cache, "councils", *((mark, b"x") for mark in MARKS))
    with closing(sqlite3.connect(file)) as conn:
        sealed = [one for (one,) in conn.execute("SELECT sealed FROM rows")]
    assert all(one in file.read_bytes() for one in sealed)
    cache.forget()
    assert not any(one in file.read_bytes() for one in sealed)


def test_without_a_file_there_is_nothing_to_forget(cache: RowCache, file: Path) -> None:
    cache.forget()
    assert not file.exists()


def test_a_reading_that_began_before_puts_nothing_back(cache: RowCache) -> None:
    with cache.opened() as seen:
        seen.remember("councils", [(MARKS[0], b"Amina")])
        cache.forget()
    assert known(cache, "councils") == {}


@pytest.mark.parametrize("kind", ["IMMEDIATE", "EXCLUSIVE"])
def test_while_another_process_writes_nobody_waits(cache: RowCache, file: Path, kind: str) -> None:
    remember(cache, "councils", (MARKS[0], None))
    with locked_by_another_process(file, kind):
        found = known(cache, "councils")
        remember(cache, "councils", (MARKS[1], None))
    assert found == ({MARKS[0]: None} if kind == "IMMEDIATE" else {})
    assert known(cache, "councils") == {MARKS[0]: None}


def test_what_was_locked_for_a_moment_is_used_again_in_the_same_reading(cache: RowCache, file: Path) -> None:
    remember(cache, "councils", (MARKS[0], None))
    with cache.opened() as seen:
        with locked_by_another_process(file, "EXCLUSIVE"):
            assert seen.find_known("councils", MARKS) == {}
        assert seen.find_known("councils", MARKS) == {MARKS[0]: None}
    with ExitStack() as stack:
        with locked_by_another_process(file, "EXCLUSIVE"):
            late = stack.enter_context(cache.opened())
        assert late.find_known("councils", MARKS) == {MARKS[0]: None}
        late.remember("councils", [(MARKS[1], None)])  # what was forgotten before it could be asked is not known
    assert known(cache, "councils") == {MARKS[0]: None}


def test_who_forgets_waits_for_the_lock(cache: RowCache, file: Path) -> None:
    remember(cache, "councils", (MARKS[0], b"Amina"))
    inode = file.stat().st_ino
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.3, lambda: other.execute("COMMIT"))
        timer.start()
        cache.forget()
        timer.join()
    assert file.stat().st_ino == inode
    assert known(cache, "councils") == {}


def test_where_the_lock_does_not_come_free_the_file_goes(
    cache: RowCache, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_file, "WAIT_SECONDS", 0.05)
    remember(cache, "councils", (MARKS[0], b"Amina"))
    with locked_by_another_process(file, "IMMEDIATE"):
        cache.forget()
        assert not file.exists()
        assert known(cache, "councils") == {}
        remember(cache, "councils", (MARKS[1], None))
    assert known(cache, "councils") == {MARKS[1]: None}


def test_deleted_while_it_is_read(cache: RowCache, file: Path) -> None:
    remember(cache, "councils", (MARKS[0], b"Amina"))
    with cache.opened() as seen:
        assert seen.find_known("councils", MARKS)
        file.unlink()
        remember(cache, "councils", (MARKS[1], None))
        seen.remember("councils", [(MARKS[2], b"Bilal")])
    assert known(cache, "councils") == {MARKS[1]: None}


@pytest.mark.parametrize("damage", ["text", "cut", "middle", "empty", "foreign"])
def test_a_damaged_file_is_replaced(cache: RowCache, file: Path, damage: str) -> None:
    marks = [number.to_bytes(16, "big") for number in range(2_000)]
    remember(cache, "councils", *((mark, b"x" * 20) for mark in marks))
    content = file.read_bytes()
    match damage:
        case "text":
            file.write_bytes(b"this is no database, and was never meant to be one\n" * 100)
        case "cut":
            file.write_bytes(content[: len(content) // 2])
        case "middle":
            file.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))
        case "empty":
            file.write_bytes(b"")
        case "foreign":
            file.unlink()
            with closing(sqlite3.connect(file)) as conn:
                conn.execute("CREATE TABLE theirs (x)")
    with cache.opened() as seen:
        assert set(seen.find_known("councils", marks[:500])) <= set(marks)
        seen.remember("councils", [(MARKS[1], None)])
    remember(cache, "councils", (MARKS[2], b"Amina"))
    assert known(cache, "councils")[MARKS[2]] == b"Amina"


def test_a_file_of_another_key_or_version_is_replaced(cache: RowCache, file: Path, tmp_path: Path) -> None:
    remember(cache, "councils", (MARKS[0], b"Amina"), (MARKS[1], None))
    other = RowCache(tmp_path / "cache", Keyring(b"o" * 32))
    assert known(other, "councils") == {}
    remember(other, "councils", (MARKS[2], b"Bilal"))
    assert known(cache, "councils") == {}
    with closing(sqlite3.connect(file)) as conn, conn:
        conn.execute("UPDATE state SET version = 'rows-0'")
        conn.execute("INSERT INTO rows VALUES ('councils', ?, NULL)", (MARKS[3],))
    assert known(cache, "councils") == {}


def test_a_value_that_was_moved_or_altered_is_not_believed(cache: RowCache, file: Path) -> None:
    remember(cache, "councils", (MARKS[0], b"Amina"), (MARKS[1], b"Bilal"))
    with closing(sqlite3.connect(file)) as conn, conn:
        conn.execute("UPDATE rows SET sealed = (SELECT sealed FROM rows WHERE mark = ?)", (MARKS[0],))
    assert known(cache, "councils") == {}
    remember(cache, "councils", (MARKS[1], b"Bilal"))
    assert known(cache, "councils") == {MARKS[1]: b"Bilal"}


def test_where_no_file_can_be_made_it_goes_without(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder would be")
    cache = RowCache(tmp_path / "cache", KEYRING)
    remember(cache, "councils", (MARKS[0], None))
    assert known(cache, "councils") == {}
    cache.forget()


def test_what_may_not_be_written_is_read_still() -> None:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:  # pytest's own folder is closed to others
        folder = Path(name)
        cache = RowCache(folder, KEYRING)
        remember(cache, "councils", (MARKS[0], None))
        (folder / row_cache.ROW_CACHE_FILE).chmod(0o444)
        folder.chmod(0o555)
        stack.callback(folder.chmod, 0o755)
        if os.geteuid() == 0:  # who may write everything
            os.seteuid(65534)
            stack.callback(os.seteuid, 0)
        remember(cache, "councils", (MARKS[1], None))
        assert known(cache, "councils") == {MARKS[0]: None}


def test_on_a_full_disk_it_goes_without(cache: RowCache, file: Path) -> None:
    remember(cache, "councils", (MARKS[0], None))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size, hard))
        marks = [number.to_bytes(16, "big") for number in range(6_000)]
        remember(cache, "councils", *((mark, b"x" * 50) for mark in marks))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert known(cache, "councils") == {MARKS[0]: None}


def test_what_can_neither_be_emptied_nor_deleted_is_said(cache: RowCache, file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(CacheNotClearedError) as refused:
        cache.forget()
    assert "var/cache" in refused.value.remedy
    assert known(cache, "councils") == {}


def test_threads_and_processes_share_it(cache: RowCache, tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from broadcaster.cache import RowCache\n"
        "from broadcaster.keys import Keyring\n"
        f"cache = RowCache(Path({str(tmp_path / 'cache')!r}), Keyring(b'k' * 32))\n"
        "for number in range(200):\n"
        "    mark = bytes([int(sys.argv[1]), number]) + bytes(14)\n"
        "    with cache.opened() as seen:\n"
        "        assert seen.find_known('councils', [mark]).get(mark, b'x') == b'x'\n"
        "        seen.remember('councils', [(mark, b'x')])\n"
        "    if number % 50 == 49:\n"
        "        cache.forget()\n"
    )
    others = [subprocess.Popen([sys.executable, "-c", program, str(number)]) for number in range(2)]
    threads = [threading.Thread(target=lambda: [known(cache, "councils") for _ in range(200)]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [other.wait(200) for other in others] == [0, 0]
    remember(cache, "councils", (MARKS[0], b"Amina"))
    assert known(cache, "councils")[MARKS[0]] == b"Amina"
