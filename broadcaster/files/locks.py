"""Exclusive locks on paths, between threads and between processes.

`flock` is used as it is. The library filelock asks again every 50 ms instead of waiting in the kernel, and cannot lock
a folder: a lock file would lie beside letters and rosters. Two kinds of lock stand elsewhere: on the descriptor of a
file that is being written (`files.whole_files`), and those that prove that a process lives
(`ledger.database.process_locks`).
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a lock file, which is made with its folder, and stays. Raises OSError.

    Waits while another thread or process has it. It is not reentrant.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _flock(path, os.O_RDWR | os.O_CREAT):
        yield


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold an exclusive lock on a folder itself, as `file_lock`. Raises OSError."""
    with _flock(folder, os.O_RDONLY):
        yield


@contextmanager
def _flock(path: Path, flags: int) -> Iterator[None]:
    descriptor = os.open(path, flags, 0o666)  # opened anew: `flock` does not keep out who shares a descriptor
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
