"""Locks hold between threads and between processes, and end with their holder."""

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from broadcaster.files.locks import file_lock, folder_lock

HOLDER = """\
import sys
from pathlib import Path
from broadcaster.files import locks
with getattr(locks, sys.argv[1])(Path(sys.argv[2])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize("lock", [file_lock, folder_lock])
def test_a_lock_waits_for_another_thread(tmp_path: Path, lock: Callable[[Path], AbstractContextManager[None]]) -> None:
    path = tmp_path / "a.lock" if lock is file_lock else tmp_path
    entered = threading.Event()

    def enter() -> None:
        with lock(path):
            entered.set()

    waiter = threading.Thread(target=enter)
    with lock(path):
        waiter.start()
        assert not entered.wait(0.2)
    assert entered.wait(10)
    waiter.join(10)


@pytest.mark.parametrize("name", ["file_lock", "folder_lock"])
def test_a_lock_ends_with_the_process_that_held_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / "var" / "a.lock" if name == "file_lock" else tmp_path
    entered = threading.Event()

    def enter() -> None:
        with (file_lock if name == "file_lock" else folder_lock)(path):
            entered.set()

    waiter = threading.Thread(target=enter)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, name, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        waiter.start()
        assert not entered.wait(0.2)
        holder.kill()
        holder.communicate()
    assert entered.wait(10)
    waiter.join(10)


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), folder_lock(tmp_path / "nowhere"):
        pass
    assert list(tmp_path.iterdir()) == []
