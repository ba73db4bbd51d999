"""What the outbox kept instead of sending it, for staff to look at."""

import base64
import heapq
import json
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from broadcaster.ledger import deliveries
from broadcaster.services.project import Project

SHOWN = 100
_ID = re.compile(r"[a-z2-7]{26}")
_ENDINGS = {"email": ".eml", "sms": ".json"}


Place = tuple[float, str, str]
"""When a message was kept, its delivery, its channel: the order of the list."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A message in the outbox, by the id of its delivery. `broadcast` is "" for one that is in no ledger: a test."""

    delivery: str
    channel: str
    at: float
    broadcast: str


@dataclass(frozen=True, slots=True)
class Message:
    """One of them, opened: what an email shows, or a text's words in `text` alone."""

    subject: str
    to: str
    text: str
    html: str


def newest(project: Project, before: str = "") -> list[Kept]:
    """The newest messages, newest first; of those older than that of delivery `before`, where one is named."""
    folder = project.settings.outbox_folder
    place = _place(folder, before) if before else None
    found = [one for channel in _ENDINGS for one in _newest(folder / channel, place)]
    latest = heapq.nlargest(SHOWN, found)
    with project.ledger.reading() as conn:
        known = {name: deliveries.get(conn, name) for _, name, _ in latest}
    return [Kept(name, channel, at, one.broadcast if (one := known[name]) else "") for at, name, channel in latest]


def find(project: Project, delivery_id: str) -> tuple[Kept, Message] | None:
    """The message of a delivery; None when the outbox has none."""
    if not _ID.fullmatch(delivery_id):
        return None
    with project.ledger.reading() as conn:
        known = deliveries.get(conn, delivery_id)
    for channel, ending in _ENDINGS.items():
        path = project.settings.outbox_folder / channel / f"{delivery_id}{ending}"
        if path.is_file():
            kept = Kept(delivery_id, channel, path.stat().st_mtime, known.broadcast if known else "")
            return kept, _opened(path)
    return None


def _place(folder: Path, delivery_id: str) -> Place | None:
    """Where a message stands in the order; None for one that is not there."""
    if _ID.fullmatch(delivery_id):
        for channel, ending in _ENDINGS.items():
            with suppress(FileNotFoundError):
                return (folder / channel / f"{delivery_id}{ending}").stat().st_mtime, delivery_id, channel
    return None


def _newest(folder: Path, before: Place | None) -> Sequence[Place]:
    try:
        with os.scandir(folder) as entries:
            return heapq.nlargest(
                SHOWN,
                (
                    place
                    for entry in entries
                    if _ID.fullmatch(name := entry.name.partition(".")[0])
                    and (before is None or (entry.stat().st_mtime, name, folder.name) < before)
                    and (place := (entry.stat().st_mtime, name, folder.name))
                ),
            )
    except FileNotFoundError:
        return ()


def _opened(path: Path) -> Message:
    if path.suffix == ".json":
        text = json.loads(path.read_text("utf-8"))
        return Message("", str(text["to"]), str(text["body"]), "")
    parsed = message_from_bytes(path.read_bytes(), policy=policy.default)
    parts = {part.get_content_subtype(): part for part in parsed.walk() if part.get_content_maintype() == "text"}
    page = _content(parts.get("html"))
    for part in parsed.walk():
        if cid := str(part.get("content-id", "")).strip("<>"):
            raw = part.get_payload(decode=True)
            shown = base64.b64encode(raw if isinstance(raw, bytes) else b"").decode("ascii")
            page = page.replace(f"cid:{cid}", f"data:{part.get_content_type()};base64,{shown}")
    return Message(str(parsed["subject"]), str(parsed["to"]), _content(parts.get("plain")), page)


def _content(part: EmailMessage | None) -> str:
    return str(part.get_content()) if part is not None else ""
