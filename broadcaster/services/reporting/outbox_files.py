"""Messages that the outbox wrote instead of sending them, for staff to read.

They are found through the ledger, which knows the recipient and the order of each. The folder is never listed, for it
may hold a million files.
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

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger.audit_log import audit_search
from broadcaster.ledger.audit_log.audit import RecordedEntry
from broadcaster.ledger.audit_log.audit_search import AuditFilter
from broadcaster.ledger.broadcasting import broadcasts, delivery_counters
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.delivery import deliveries, delivery_search
from broadcaster.ledger.delivery.delivery_search import ALL_DELIVERIES
from broadcaster.services.access.permissions import can_see
from broadcaster.services.project.project import ProjectView
from broadcaster.services.reporting import broadcast_status, delivery_record
from broadcaster.services.reporting.delivery_record import RecordedDelivery

PAGE_SIZE = 50
"""Rows of a page."""

_MAX_CHUNKS = 20
"""Chunks of deliveries that are searched for one page at most; a page may then be shorter."""

MAX_TESTS_SHOWN = 20
OUTBOX = "outbox"
_STATES_WITHOUT_FILE = frozenset(
    {DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.SKIPPED, DeliveryState.REFUSED}
)
_DELIVERY_ID = re.compile(r"[a-z2-7]{26}")
_FILE_EXTENSIONS = {"email": ".eml", "sms": ".json"}


@dataclass(frozen=True, slots=True)
class OutboxBroadcast:
    """A broadcast with messages in the outbox, and their number by channel."""

    broadcast: Broadcast
    counts: Mapping[Channel, int]


@dataclass(frozen=True, slots=True)
class OutboxPage:
    """A page of messages with their recipients; more may follow after the number `after`, unless it is 0."""

    lines: Sequence[RecordedDelivery]
    after: int


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """One message, opened: what an email shows, or a text's words in `text` alone. `broadcast` is None for a test."""

    broadcast: str | None
    subject: str
    to: str
    text: str
    html: str


def list_broadcasts(project: ProjectView, who: str, before: str = "") -> list[OutboxBroadcast]:
    """The newest broadcasts that this person may see and that went into the outbox; older ones than `before`."""
    found: list[OutboxBroadcast] = []
    while len(found) < PAGE_SIZE:
        with project.ledger.reading() as conn:
            chunk = broadcasts.list_by_provider(conn, OUTBOX, before, PAGE_SIZE)
        theirs = (
            one
            for one in chunk
            if can_see(project.settings, who, broadcast_status.audiences_of_broadcast(project, one))
        )
        found += [
            OutboxBroadcast(one, _count_by_channel(project, one)) for one in islice(theirs, PAGE_SIZE - len(found))
        ]
        if len(chunk) < PAGE_SIZE:
            break
        before = chunk[-1].id
    return found


def list_messages(project: ProjectView, broadcast: Broadcast, after: int = 0) -> OutboxPage:
    """The next messages of a broadcast that the outbox took, behind the delivery number `after` (0 to begin)."""
    found: list[RecordedDelivery] = []
    for _ in range(_MAX_CHUNKS):  # most of a broadcast may have gone by another provider
        with project.ledger.reading() as conn:
            chunk = delivery_search.list_page(conn, broadcast.id, ALL_DELIVERIES, after, PAGE_SIZE)
        for one in chunk:
            after = one.seq
            if one.provider == OUTBOX and one.state not in _STATES_WITHOUT_FILE:
                found.append(delivery_record.open_delivery(project, one))
                if len(found) == PAGE_SIZE:
                    return OutboxPage(found, after)
        if len(chunk) < PAGE_SIZE:
            return OutboxPage(found, 0)
    return OutboxPage(found, after)


def list_test_messages(project: ProjectView, who: str) -> list[RecordedEntry]:
    """The newest tests in the outbox that were sent from the desk, as the audit log has them: one's own, and anybody's
    for those who work with all audiences.
    """
    return [
        one for one in _logged_tests(project, who) if _find_file(project, str(one.entry.detail["delivery"])) is not None
    ]


def find_message(project: ProjectView, who: str, delivery_id: str) -> OutboxMessage | None:
    """The message of a delivery; None when the outbox has none, or it is not theirs to see."""
    path = _find_file(project, delivery_id)
    if path is None:
        return None
    with project.ledger.reading() as conn:
        known = deliveries.get(conn, delivery_id)
        broadcast = broadcasts.get(conn, known.broadcast) if known else None
    if broadcast is not None:
        theirs = can_see(project.settings, who, broadcast_status.audiences_of_broadcast(project, broadcast))
    else:
        theirs = project.settings.people[who].audiences is None or any(
            one.entry.detail["delivery"] == delivery_id for one in _logged_tests(project, who)
        )
    return _read_message(path, broadcast.id if broadcast else None) if theirs else None


def _count_by_channel(project: ProjectView, broadcast: Broadcast) -> dict[Channel, int]:
    with project.ledger.reading() as conn:
        found = delivery_counters.count_by_provider_and_state(conn, broadcast.id)
    counts: dict[Channel, int] = {}
    for (provider, channel, state), n in found.items():
        if provider == OUTBOX and state not in _STATES_WITHOUT_FILE:
            counts[channel] = counts.get(channel, 0) + n
    return counts


def _logged_tests(project: ProjectView, who: str) -> list[RecordedEntry]:
    """Tests that were sent from the desk, the newest ones, whether or not they went into the outbox."""
    everybody = project.settings.people[who].audiences is None
    wanted = AuditFilter(by="" if everybody else who, actions=("send-test",))
    with project.ledger.reading() as conn:
        found = audit_search.list_entries(conn, wanted, None, MAX_TESTS_SHOWN)
    return [one for one in found if "delivery" in one.entry.detail]


def _find_file(project: ProjectView, delivery_id: str) -> Path | None:
    """The file of a delivery's message; None where there is none."""
    if not _DELIVERY_ID.fullmatch(delivery_id):
        return None
    paths = (
        project.settings.outbox_folder / name / f"{delivery_id}{ending}" for name, ending in _FILE_EXTENSIONS.items()
    )
    return next((path for path in paths if path.is_file()), None)


def _read_message(path: Path, broadcast: str | None) -> OutboxMessage:
    if path.suffix == ".json":
        text = json.loads(path.read_text("utf-8"))
        return OutboxMessage(broadcast, "", str(text["to"]), str(text["body"]), "")
    parsed = message_from_bytes(path.read_bytes(), policy=policy.default)
    parts = {part.get_content_subtype(): part for part in parsed.walk() if part.get_content_maintype() == "text"}
    page = _content(parts.get("html"))
    for part in parsed.walk():
        if cid := str(part.get("content-id", "")).strip("<>"):
            raw = part.get_payload(decode=True)
            shown = base64.b64encode(raw if isinstance(raw, bytes) else b"").decode("ascii")
            page = page.replace(f"cid:{cid}", f"data:{part.get_content_type()};base64,{shown}")
    return OutboxMessage(broadcast, str(parsed["subject"]), str(parsed["to"]), _content(parts.get("plain")), page)


def _content(part: EmailMessage | None) -> str:
    return str(part.get_content()) if part is not None else ""
