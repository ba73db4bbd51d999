"""Suppressions: addresses that must not be written to, and why. Found by blind index; shown to people unsealed."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from broadcaster.domain.channels import Channel
from broadcaster.ledger.engines import keyring_of
from broadcaster.ledger.statements import Found, one_of, put_new
from broadcaster.ledger.tables import suppressions
from broadcaster.ledger.types import now


@dataclass(frozen=True, slots=True)
class NewSuppression:
    """`blind` is the address's blind index; `reason` a code ("stop", "bounced", "by-hand"); `by` who or what asked."""

    channel: Channel
    blind: bytes
    address: str
    reason: str
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Suppression:
    """One address that must not be written to. `address` and `note` are empty when its owner was erased."""

    channel: Channel
    blind: bytes
    address: str
    reason: str
    by: str
    note: str
    added_at: datetime


def add(conn: Connection, new: NewSuppression) -> bool:
    """Suppress an address; False when it was already, and then the first reason stays."""
    row = {
        "blind": new.blind,
        "channel": new.channel,
        "reason": new.reason,
        "by": new.by,
        "added_at": now(),
        "words_sealed": _sealed(conn, new.blind, new.address, new.note),
    }
    return put_new(conn, suppressions, row)


def remove(conn: Connection, blind: bytes) -> bool:
    """Take a suppression back; False when there was none. Whoever does it writes it into the audit log."""
    return conn.execute(delete(suppressions).where(suppressions.c.blind == blind)).rowcount == 1


def forget_words(conn: Connection, blind: bytes) -> None:
    """Keep of a suppression what bars the address, and neither the address itself nor the note."""
    change = update(suppressions).where(suppressions.c.blind == blind)
    conn.execute(change.values(words_sealed=_sealed(conn, blind, "", "")))


def all(conn: Connection) -> list[Suppression]:
    """Every suppression, oldest first."""
    return [_opened(conn, row) for row in conn.execute(select(suppressions).order_by(suppressions.c.added_at))]


def get(conn: Connection, blind: bytes) -> Suppression | None:
    """The suppression of one address."""
    row = conn.execute(select(suppressions).where(suppressions.c.blind == blind)).first()
    return None if row is None else _opened(conn, row)


def among(conn: Connection, blinds: Iterable[bytes]) -> dict[bytes, str]:
    """Which of these addresses are suppressed, each with its reason."""
    query = select(suppressions.c.blind, suppressions.c.reason).where(one_of(conn, suppressions.c.blind, blinds))
    return {row.blind: row.reason for row in conn.execute(query)}


def _opened(conn: Connection, row: Found) -> Suppression:
    address, note = json.loads(keyring_of(conn).open(row.words_sealed, _context(row.blind)))
    return Suppression(Channel(row.channel), row.blind, address, row.reason, row.by, note, row.added_at)


def _sealed(conn: Connection, blind: bytes, address: str, note: str) -> bytes:
    return keyring_of(conn).seal(json.dumps([address, note]).encode(), _context(blind))


def _context(blind: bytes) -> bytes:
    return b"suppression:" + blind
