"""The outbox: a folder instead of a network. What is given to it can be looked at, byte for byte."""

import contextlib
import errno
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.outgoing_messages import Outgoing, OutgoingEmail, OutgoingSms
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.delivery.unsure_attempts import UnsureAttempt
from broadcaster.files.whole_files import create_file, remove_unfinished
from broadcaster.providers.base import ClosingSession, untried_receipt, wrong_channel_receipt
from broadcaster.providers.reasons import Reason

_SAFE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST})


@dataclass(frozen=True, slots=True)
class Outbox:
    """Writes each message of one channel as a file below `folder`.

    `email/<delivery id>.eml` holds the exact bytes; `sms/<delivery id>.json` holds `to`, `from`, `body`, `segments` and
    `encoding`.
    """

    folder: Path
    channel: Channel

    @property
    def name(self) -> str:
        return "outbox"

    @property
    def merges(self) -> bool:
        return False

    @property
    def batch_size(self) -> int | None:
        return None

    def open(self) -> "OutboxSession":
        return OutboxSession(self)

    def path(self, delivery_id: str) -> Path:
        """Where the delivery lies once it was taken. Raises ValueError when the id would leave the folder."""
        if not _SAFE_ID.fullmatch(delivery_id):
            raise ValueError("a delivery id holds letters, digits, - and _ only")
        ending = "eml" if self.channel is Channel.EMAIL else "json"
        return self.folder / self.channel.value / f"{delivery_id}.{ending}"

    def evidence(self, doubts: Sequence[UnsureAttempt]) -> Mapping[str, bool]:
        """A file is there or is not: the outbox is never in doubt."""
        return {one.delivery_id: self.path(one.delivery_id).exists() for one in doubts}


class OutboxSession(ClosingSession):
    """One worker's hand on the outbox."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._folder = outbox.folder / outbox.channel.value
        self._swept = False

    def send(self, batch: Sequence[Outgoing]) -> list[Receipt]:
        """Write each message whole or not at all. A file that is already there was taken before: it is kept."""
        receipts: list[Receipt] = []
        halted = False
        for message in batch:
            receipt = untried_receipt(message.delivery_id) if halted else self._take(message)
            halted = halted or receipt.outcome is Outcome.HALTED
            receipts.append(receipt)
        return receipts

    def close(self) -> None:
        """Nothing is held open between batches."""

    def _take(self, message: Outgoing) -> Receipt:
        content = _file_content(message, self._outbox.channel)
        if content is None:
            return wrong_channel_receipt(message.delivery_id)
        try:
            path = self._outbox.path(message.delivery_id)
        except ValueError as error:
            return Receipt(
                message.delivery_id, Outcome.REFUSED, Reason.MESSAGE_MALFORMED.value, "name", detail=str(error)
            )
        try:
            self._prepare()
            with contextlib.suppress(FileExistsError):  # it was written before a death
                create_file(path, content)
        except OSError as error:
            return receipt_of_failed_write(message.delivery_id, error)
        return Receipt(message.delivery_id, Outcome.ACCEPTED, reference=path.name)

    def _prepare(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._swept:
            remove_unfinished(self._folder)
            self._swept = True


def receipt_of_failed_write(delivery_id: str, error: OSError) -> Receipt:
    """The receipt of a write that did not succeed. `later` when room may be made; `halted` when a person must act."""
    if error.errno in _FULL:
        outcome, reason = Outcome.LATER, Reason.DISK_FULL
    elif error.errno in _FORBIDDEN:
        outcome, reason = Outcome.HALTED, Reason.NO_PERMISSION
    else:
        outcome, reason = Outcome.LATER, Reason.WRITE_FAILED
    return Receipt(delivery_id, outcome, reason.value, "write", detail=os.strerror(error.errno or 0))


def _file_content(message: Outgoing, channel: Channel) -> bytes | None:
    if channel is Channel.EMAIL:
        return message.data if isinstance(message, OutgoingEmail) else None
    if not isinstance(message, OutgoingSms):
        return None
    document = {
        "to": message.to,
        "from": message.sender,
        "body": message.body,
        "segments": message.segments,
        "encoding": message.encoding,
    }
    return (json.dumps(document, ensure_ascii=False) + "\n").encode()
