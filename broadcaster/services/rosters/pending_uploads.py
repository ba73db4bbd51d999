"""Files that somebody sent, kept while they decide what shall be done with them: sealed, for half an hour at most.

Whoever uploads a roster with mistakes can go on without the bad rows, and must not have to find the file again for
that. What is kept is sealed with the project's key whether or not the roster will be, for it is a copy that nobody
looks after. It belongs to one session and one purpose (its *owner*), which are part of its name and of its seal: by
any other it is not there. An owner has one file at a time.
"""

import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from broadcaster.domain.errors import BroadcasterError
from broadcaster.keys import SealBrokenError
from broadcaster.services.project.project import ProjectView

KEEP_SECONDS = 30 * 60.0

_TOKEN = re.compile(r"[0-9a-f]{32}")


class PendingUploadGoneError(BroadcasterError):
    """The file is no longer kept, or was replaced by a later one, or never was there."""

    code = "upload-gone"
    default_remedy = "Choose the file once more, and upload it."


def keep_pending(project: ProjectView, owner: str, content: bytes) -> str:
    """Keep a file in the place of what this owner had there; the token to ask for it with."""
    forget_expired(project)
    folder = _folder(project)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    forget_pending(project, owner)
    token = secrets.token_hex(16)
    path = _path(project, owner, token)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(project.keyring.seal(content, _context(path)))
    return token


def pop_pending(project: ProjectView, owner: str, token: str) -> bytes:
    """The file, which is not kept any longer. Raises NotHeldError."""
    if not _TOKEN.fullmatch(token):
        raise PendingUploadGoneError("No file is kept here.")
    kept = read_pending(project, owner, token)
    try:
        _path(project, owner, token).unlink()
    except FileNotFoundError:  # of two who ask at the same time, one gets it
        kept = None
    if kept is None:
        raise PendingUploadGoneError("The file that you uploaded is no longer kept.")
    return kept


def read_pending(project: ProjectView, owner: str, token: str) -> bytes | None:
    """The file, which stays; None where it is not kept, or for another owner."""
    path = _path(project, owner, token)
    try:
        if _TOKEN.fullmatch(token) and not _is_expired(path):
            return project.keyring.open(path.read_bytes(), _context(path))
    except (FileNotFoundError, SealBrokenError):
        pass
    return None


def forget_pending(project: ProjectView, owner: str) -> None:
    """Keep nothing of this owner's."""
    for path in _folder(project).glob(f"{_owner_mark(project, owner)}-*"):
        path.unlink(missing_ok=True)


def forget_expired(project: ProjectView) -> None:
    """Remove what has been kept for too long."""
    for path in _pending_paths(project):
        try:
            if _is_expired(path):
                path.unlink()
        except FileNotFoundError:
            continue  # just taken


def _pending_paths(project: ProjectView) -> Iterator[Path]:
    folder = _folder(project)
    return folder.iterdir() if folder.is_dir() else iter(())


def _is_expired(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > KEEP_SECONDS


def _folder(project: ProjectView) -> Path:
    return project.root / "var" / "held"


def _path(project: ProjectView, owner: str, token: str) -> Path:
    return _folder(project) / f"{_owner_mark(project, owner)}-{token}"


def _owner_mark(project: ProjectView, owner: str) -> str:
    return project.keyring.blind("held", owner).hex()


def _context(path: Path) -> bytes:
    return b"held:" + path.name.encode()
