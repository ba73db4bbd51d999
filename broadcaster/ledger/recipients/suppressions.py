"""Suppressions: addresses that must not be written to, and why. Found by blind index; shown to people unsealed.

An address may have several reasons. One row holds them: the first in its columns, the others sealed with its words.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.ledger.database.column_types import from_micros, now_utc, to_micros
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import ResultRow, in_bytes, insert_if_new
from broadcaster.ledger.database.engines import keyring_of
from broadcaster.ledger.database.tables import suppressions

SAID_BY_OWNER = frozenset({SuppressionReason.COMPLAINED, SuppressionReason.UNSUBSCRIBED, SuppressionReason.STOP})
"""What the address's owner said without anybody's help."""

SAID_BY_PEOPLE: Mapping[SuppressionReason, int] = {SuppressionReason.BY_HAND: 1, **dict.fromkeys(SAID_BY_OWNER, 2)}
"""What people said, to staff or by themselves, and how much it weighs. Any other reason was found out by a machine."""

_WEIGHT = {**SAID_BY_PEOPLE, SuppressionReason.ERASED: 3}  # whoever lists suppressions must see why there is no address


@dataclass(frozen=True, slots=True)
class NewSuppression:
    """`blind` is the address's blind index; `by` is who or what asked: a person's key, or a provider's name."""

    channel: Channel
    blind: bytes
    address: str
    reason: SuppressionReason
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class SuppressionGround:
    """One of the reasons of a suppression. `note` is empty when the address's owner was erased."""

    reason: SuppressionReason
    by: str
    note: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Suppression:
    """One address that must not be written to; `address` is empty when its owner was erased.

    The first of its grounds is why it is shown, listed and skipped; the others stand when that one is taken back.
    """

    channel: Channel
    blind: bytes
    address: str
    grounds: tuple[SuppressionGround, ...]

    @property
    def reason(self) -> SuppressionReason:
        """Why, in one word: the first ground's."""
        return self.grounds[0].reason

    @property
    def by(self) -> str:
        """Who or what asked for it."""
        return self.grounds[0].by

    @property
    def note(self) -> str:
        """What was said of it."""
        return self.grounds[0].note

    @property
    def added_at(self) -> datetime:
        """Since when that ground is known."""
        return self.grounds[0].added_at

    @property
    def reasons(self) -> tuple[SuppressionReason, ...]:
        """Every reason there is, the first one first."""
        return tuple(ground.reason for ground in self.grounds)


def add(conn: WriteConnection, new: NewSuppression) -> bool:
    """Suppress an address; False when that says nothing new of it.

    Where it was suppressed before, what people said (`SAID_BY_PEOPLE`) joins what is known, and stands before what a
    machine found out: whoever lifts a bounce must see the STOP. What a machine finds out is no news of an address that
    is not written to anyway. Of somebody who was erased no words are kept, whatever comes.
    """
    first = SuppressionGround(new.reason, new.by, new.note, now_utc())
    if insert_if_new(conn, suppressions, _row(conn, Suppression(new.channel, new.blind, new.address, (first,)))):
        return True
    known = _lock(conn, new.blind) if new.reason in SAID_BY_PEOPLE else None
    if known is None or new.reason in known.reasons:
        return False
    joined = first if known.address else replace(first, note="")
    grounds = sorted((*known.grounds, joined), key=lambda ground: _WEIGHT.get(ground.reason, 0), reverse=True)
    _write(conn, replace(known, grounds=tuple(grounds)))
    return True


def remove_reason(conn: WriteConnection, blind: bytes, reason: SuppressionReason) -> bool:
    """Take one reason of a suppression back; False when it is none of its reasons. Other reasons stand. Whoever does it
    writes it into the audit log.
    """
    known = _lock(conn, blind)
    if known is None or reason not in known.reasons:
        return False
    rest = tuple(ground for ground in known.grounds if ground.reason != reason)
    if not rest:
        return remove(conn, blind)
    _write(conn, replace(known, grounds=rest))
    return True


def remove(conn: WriteConnection, blind: bytes) -> bool:
    """Take a suppression back, with all its reasons; False when there was none."""
    return conn.execute(delete(suppressions).where(suppressions.c.blind == blind)).rowcount == 1


def erase_address_and_notes(conn: WriteConnection, blind: bytes) -> None:
    """Keep of a suppression what bars the address, and neither the address itself nor the notes."""
    if known := _lock(conn, blind):
        grounds = tuple(replace(ground, note="") for ground in known.grounds)
        _write(conn, replace(known, address="", grounds=grounds))


def list_all(conn: Connection) -> list[Suppression]:
    """Every suppression, oldest first."""
    return [_opened(conn, row) for row in conn.execute(select(suppressions).order_by(suppressions.c.added_at))]


def get(conn: Connection, blind: bytes) -> Suppression | None:
    """The suppression of one address."""
    row = conn.execute(select(suppressions).where(suppressions.c.blind == blind)).first()
    return None if row is None else _opened(conn, row)


def find_suppressed(conn: Connection, blinds: Iterable[bytes]) -> dict[bytes, SuppressionReason]:
    """Which of these addresses are suppressed, each with its reason."""
    query = select(suppressions.c.blind, suppressions.c.reason).where(in_bytes(conn, suppressions.c.blind, blinds))
    return {row.blind: SuppressionReason(row.reason) for row in conn.execute(query)}


def current_version(conn: Connection) -> tuple[int, datetime | None]:
    """Another one whenever an address was added or taken back, so that what was counted can be told to be old."""
    row = conn.execute(select(func.count(), func.max(suppressions.c.added_at)).select_from(suppressions)).one()
    return row[0], row[1]


def _lock(conn: WriteConnection, blind: bytes) -> Suppression | None:
    row = conn.execute(select(suppressions).where(suppressions.c.blind == blind).with_for_update()).first()
    return None if row is None else _opened(conn, row)


def _write(conn: WriteConnection, changed: Suppression) -> None:
    conn.execute(update(suppressions).where(suppressions.c.blind == changed.blind).values(_row(conn, changed)))


def _row(conn: Connection, one: Suppression) -> dict[str, Any]:
    first, *others = one.grounds
    behind = [[ground.reason, ground.by, ground.note, to_micros(ground.added_at)] for ground in others]
    words = json.dumps([one.address, first.note, behind] if behind else [one.address, first.note])
    return {
        "blind": one.blind,
        "channel": one.channel,
        "reason": first.reason,
        "by": first.by,
        "added_at": first.added_at,
        "words_sealed": keyring_of(conn).seal(words.encode(), _context(one.blind)),
    }


def _opened(conn: Connection, row: ResultRow) -> Suppression:
    address, note, *more = json.loads(keyring_of(conn).open(row.words_sealed, _context(row.blind)))
    first = SuppressionGround(SuppressionReason(row.reason), row.by, note, row.added_at)
    behind = (
        SuppressionGround(SuppressionReason(reason), by, why, from_micros(at))
        for others in more
        for reason, by, why, at in others
    )
    return Suppression(Channel(row.channel), row.blind, address, (first, *behind))


def _context(blind: bytes) -> bytes:
    return b"suppression:" + blind
