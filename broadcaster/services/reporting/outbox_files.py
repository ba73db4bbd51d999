"""What the outbox kept instead of sending it, for staff to look at.

Everything is looked up in the ledger, which knows whose each message is and has it in an order; the folder, in which a
million files may lie, is never listed.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import islice
from pathlib import Path

from broadcaster.domain.channels import Channel
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger import audit_pages, broadcasts, counters, deliveries, delivery_pages
from broadcaster.ledger.audit import Written
from broadcaster.ledger.audit_pages import Wanted
from broadcaster.ledger.broadcasts import Broadcast
from broadcaster.ledger.delivery_pages import ALL
from broadcaster.services.access.permissions import sees
from broadcaster.services.project.project import ProjectView
from broadcaster.services.reporting import broadcast_status, delivery_record
from broadcaster.services.reporting.delivery_record import Line

SHOWN = 50
"""Rows of a page."""

_LOOKS = 20
"""How many times as many deliveries are looked through for a page, before it is shown with what was found."""

TESTS = 20
OUTBOX = "outbox"
_NOT_THERE = frozenset({DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.SKIPPED, DeliveryState.REFUSED})
_ID = re.compile(r"[a-z2-7]{26}")
_ENDINGS = {"email": ".eml", "sms": ".json"}


@dataclass(frozen=True, slots=True)
class Kept:
    """A broadcast of which messages went into the outbox, and how many by each channel."""

    broadcast: Broadcast
    counts: Mapping[Channel, int]


@dataclass(frozen=True, slots=True)
class Page:
    """Messages of a broadcast, with their people; others may come behind the number `after`, unless it is 0."""

    lines: Sequence[Line]
    after: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message, opened: what an email shows, or a text's words in `text` alone. `broadcast` is None for a test."""

    broadcast: str | None
    subject: str
    to: str
    text: str
    html: str


def kept(project: ProjectView, who: str, before: str = "") -> list[Kept]:
    """The newest broadcasts that this person may see and that went into the outbox; older ones than `before`."""
    found: list[Kept] = []
    while len(found) < SHOWN:
        with project.ledger.reading() as conn:
            chunk = broadcasts.by_way_of(conn, OUTBOX, before, SHOWN)
        theirs = (one for one in chunk if sees(project.settings, who, broadcast_status.audiences_of(project, one)))
        found += [Kept(one, _counts(project, one)) for one in islice(theirs, SHOWN - len(found))]
        if len(chunk) < SHOWN:
            break
        before = chunk[-1].id
    return found


def messages(project: ProjectView, broadcast: Broadcast, after: int = 0) -> Page:
    """The next messages of a broadcast that the outbox took, behind the delivery number `after` (0 to begin)."""
    found: list[Line] = []
    for _ in range(_LOOKS):  # most of a broadcast may have gone another way
        with project.ledger.reading() as conn:
            chunk = delivery_pages.page(conn, broadcast.id, ALL, after, SHOWN)
        for one in chunk:
            after = one.seq
            if one.provider == OUTBOX and one.state not in _NOT_THERE:
                found.append(delivery_record.line_of(project, one))
                if len(found) == SHOWN:
                    return Page(found, after)
        if len(chunk) < SHOWN:
            return Page(found, 0)
    return Page(found, after)


def tests(project: ProjectView, who: str) -> list[Written]:
    """The newest tests in the outbox that were sent from the desk, as the audit log has them: one's own, and anybody's
    for those who work with all audiences.
    """
    return [one for one in _noted(project, who) if _path(project, str(one.entry.detail["delivery"])) is not None]


def find(project: ProjectView, who: str, delivery_id: str) -> Message | None:
    """The message of a delivery; None when the outbox has none, or it is not theirs to see."""
    path = _path(project, delivery_id)
    if path is None:
        return None
    with project.ledger.reading() as conn:
        known = deliveries.get(conn, delivery_id)
        broadcast = broadcasts.get(conn, known.broadcast) if known else None
    if broadcast is not None:
        theirs = sees(project.settings, who, broadcast_status.audiences_of(project, broadcast))
    else:
        theirs = project.settings.people[who].audiences is None or any(
            one.entry.detail["delivery"] == delivery_id for one in _noted(project, who)
        )
    return _opened(path, broadcast.id if broadcast else None) if theirs else None


def _counts(project: ProjectView, broadcast: Broadcast) -> dict[Channel, int]:
    with project.ledger.reading() as conn:
        found = counters.of(conn, broadcast.id)
    counts: dict[Channel, int] = {}
    for (provider, channel, state), n in found.items():
        if provider == OUTBOX and state not in _NOT_THERE:
            counts[channel] = counts.get(channel, 0) + n
    return counts


def _noted(project: ProjectView, who: str) -> list[Written]:
    """Tests that were sent from the desk, the newest ones, whether or not they went into the outbox."""
    everybody = project.settings.people[who].audiences is None
    wanted = Wanted(by="" if everybody else who, actions=("send-test",))
    with project.ledger.reading() as conn:
        found = audit_pages.page(conn, wanted, None, TESTS)
    return [one for one in found if "delivery" in one.entry.detail]


def _path(project: ProjectView, delivery_id: str) -> Path | None:
    """The file of a delivery's message; None where there is none."""
    if not _ID.fullmatch(delivery_id):
        return None
    paths = (project.settings.outbox_folder / name / f"{delivery_id}{ending}" for name, ending in _ENDINGS.items())
    return next((path for path in paths if path.is_file()), None)


def _opened(path: Path, broadcast: str | None) -> Message:
    if path.suffix == ".json":
        text = json.loads(path.read_text("utf-8"))
        return Message(broadcast, "", str(text["to"]), str(text["body"]), "")
    parsed = message_from_bytes(path.read_bytes(), policy=policy.default)
    parts = {part.get_content_subtype(): part for part in parsed.walk() if part.get_content_maintype() == "text"}
    page = _content(parts.get("html"))
    for part in parsed.walk():
        if cid := str(part.get("content-id", "")).strip("<>"):
            raw = part.get_payload(decode=True)
            shown = base64.b64encode(raw if isinstance(raw, bytes) else b"").decode("ascii")
            page = page.replace(f"cid:{cid}", f"data:{part.get_content_type()};base64,{shown}")
    return Message(broadcast, str(parsed["subject"]), str(parsed["to"]), _content(parts.get("plain")), page)


def _content(part: EmailMessage | None) -> str:
    return str(part.get_content()) if part is not None else ""
