"""Bounce mail: messages to the return path, one at a time by a pipe, or from a Maildir.

A bounce is stored in the ledger before its message is moved, and its report has a key. So a process that dies in
between, or two that read the same folder, lose nothing and count nothing twice.
"""

import errno
import logging
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from broadcaster.domain.delivery.reports import Report
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.problems import Problem
from broadcaster.providers.smtp.bounces.bounce_reader import read_bounce
from broadcaster.providers.smtp.bounces.mime_parts import MESSAGE_LIMIT
from broadcaster.services.feedback import provider_reports
from broadcaster.services.project.project import Project, ProjectView, now

PROVIDER = "smtp"

MESSAGES_PER_ROUND = 1000
"""Messages that are read in one round, which takes some seconds of one core. The rest waits for the next round."""

MESSAGES_PER_TRANSACTION = 100
"""Messages stored in one transaction."""

_SEEN_SUFFIX = ":2,S"  # Maildir's mark for what was seen (cr.yp.to/proto/maildir.html)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CollectedBounces:
    """How many messages were read, and how many of them are bounces of ours."""

    messages: int
    bounces: int


def receive_bounce(project: Project, data: bytes, to: str = "") -> Report | None:
    """Store and apply the report of a message to the return path; returns it, None when it is no bounce of ours.

    `to` is the envelope's recipient, where it is known. The report is stored once this returns; one that cannot be
    applied now is applied by `serve`. Raises LedgerError when it could not be stored.
    """
    report = read_bounce(data, now(), to)
    if report is not None:
        provider_reports.receive(project, PROVIDER, [report])
        try:
            provider_reports.apply(project)
        except BroadcasterError as error:
            _log.warning("A bounce was kept, and is applied later: %s [%s]", error, error.code)
    return report


def collect_bounces(project: Project) -> CollectedBounces:
    """Store the reports of the new messages in the Maildir of `providers.smtp.bounces`, at most MESSAGES_PER_ROUND.

    A message that was read is moved from `new` to `cur`, bounce or not; nothing is ever deleted. The reports wait for
    `provider_reports.apply`. Raises LedgerError.
    """
    folder = _bounce_folder(project)
    if folder is None or not (folder / "new").is_dir():
        return CollectedBounces(0, 0)
    unread = _unread_messages(folder / "new")
    messages = bounces = 0
    while some := list(islice(unread, MESSAGES_PER_TRANSACTION)):
        reports = [report for _, report in some if report]
        if reports:
            provider_reports.receive(project, PROVIDER, reports)
        for path, _ in some:
            _move_to_cur(path, folder / "cur")
        messages, bounces = messages + len(some), bounces + len(reports)
    return CollectedBounces(messages, bounces)


def check_bounce_folder(project: ProjectView) -> Iterator[Problem]:
    """Problems that keep the Maildir from being read."""
    folder = _bounce_folder(project)
    if folder is None:
        return
    lacking = [name for name in ("new", "cur") if not os.access(folder / name, os.R_OK | os.W_OK | os.X_OK)]
    if lacking:
        yield Problem.error(
            "bounces-unreadable",
            f"{folder} is not a Maildir that can be read and written here, so bounces would not be seen",
            "Name the Maildir to which your mail server delivers the return path, and let the user who runs "
            "broadcaster read and write its folders new and cur; or take `bounces` out.",
            file="config.yaml",
            line=project.settings.line(("providers", "smtp", "bounces")),
        )


def _bounce_folder(project: ProjectView) -> Path | None:
    smtp = project.settings.providers.smtp
    return smtp.bounces if smtp else None


def _unread_messages(new: Path) -> Iterator[tuple[Path, Report | None]]:
    """Each message in `new` and its report, the oldest first by Maildir's names. What is no file stays."""
    read = unreadable = 0
    for path in sorted(new.iterdir()):
        try:
            data = None if path.name.startswith(".") else _read_message(path)
        except OSError as error:
            unreadable += error.errno != errno.ENOENT  # another process has moved it
            continue
        if data is not None:
            yield path, read_bounce(data, now())
            read += 1
        if read == MESSAGES_PER_ROUND:
            break
    if unreadable:
        _log.warning("%d messages in %s cannot be read.", unreadable, new)


def _read_message(path: Path) -> bytes | None:
    """The file's content up to MESSAGE_LIMIT; None for what is no regular file. Raises OSError."""
    # A link to another file is refused, and a pipe must not block.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(MESSAGE_LIMIT)
    finally:
        os.close(descriptor)


def _move_to_cur(path: Path, cur: Path) -> None:
    """Move a message to `cur`, under another name if a message is there already."""
    name = path.name.partition(":")[0]
    for number in count():
        target = cur / f"{name}{f'.{number}' if number else ''}{_SEEN_SUFFIX}"
        if not target.exists():
            break
    try:
        path.rename(target)
    except FileNotFoundError:
        return  # another process was quicker
    except OSError as error:
        _log.warning("A message was read and cannot be moved to %s: %s", cur, error.strerror)
