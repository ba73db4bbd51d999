"""Texts that people send us, each once however often the provider repeats it. What is personal in them is sealed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, delete, select, tuple_, update

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.reports import Keyword
from broadcaster.ledger.database.column_types import now_utc
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import ResultRow, in_texts, insert_if_new, list_parameter
from broadcaster.ledger.database.engines import keyring_of
from broadcaster.ledger.database.tables import broadcasts, deliveries, occurrences, replies


class LastLetter(NamedTuple):
    """What a number was sent last: the campaign and the language; both empty where it was sent nothing."""

    campaign: str
    language: str


@dataclass(frozen=True, slots=True)
class ReplyContent:
    """What is personal in a reply. `sender` and `recipient` are numbers; `letter` is what they had been sent last."""

    sender: str
    recipient: str
    body: str
    letter: LastLetter


@dataclass(frozen=True, slots=True)
class NewReply:
    """A text as it came. `key` is the provider's, and the same each time; `blind` is of the sender's number."""

    id: str
    provider: str
    key: str
    blind: bytes
    words: ReplyContent
    keyword: Keyword
    urgent: bool
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """A text that somebody sent us. `seen_at` is when somebody, or what it asked for, was done with it."""

    id: str
    words: ReplyContent
    keyword: Keyword
    urgent: bool
    received_at: datetime
    answered_at: datetime | None
    seen_at: datetime | None
    seen_by: str


class AnsweredReply(NamedTuple):
    """What kind of text was answered."""

    keyword: Keyword
    urgent: bool


def store(conn: WriteConnection, new: NewReply) -> bool:
    """Keep a text; False, and nothing changed, when this provider had brought it before."""
    row = {
        "id": new.id,
        "provider": new.provider,
        "key": new.key,
        "blind": new.blind,
        "words_sealed": _sealed(conn, new.id, new.words),
        "keyword": new.keyword,
        "urgent": int(new.urgent),
        "received_at": new.received_at,
    }
    return insert_if_new(conn, replies, row)


def find_known_keys(conn: Connection, provider: str, keys: Sequence[str]) -> set[str]:
    """Those of a provider's keys whose texts are kept."""
    theirs = in_texts(conn.dialect.name, replies.c.key, "keys")
    query = select(replies.c.key).where(replies.c.provider == provider, theirs)
    return set(conn.execute(query, {"keys": list_parameter(conn, keys)}).scalars())


def has_stopped_after(conn: Connection, blind: bytes, moment: datetime) -> bool:
    """Whether a number asked for an end to texts later than this."""
    theirs = (replies.c.blind == blind, replies.c.keyword == Keyword.STOP, replies.c.received_at > moment)
    return conn.execute(select(replies.c.seq).where(*theirs).limit(1)).first() is not None


def set_answered(conn: WriteConnection, reply_id: str, at: datetime) -> None:
    """It was answered."""
    conn.execute(update(replies).where(replies.c.id == reply_id).values(answered_at=at))


def set_keyword(conn: WriteConnection, reply_id: str, keyword: Keyword) -> None:
    """It was taken for something else than its words alone say."""
    conn.execute(update(replies).where(replies.c.id == reply_id).values(keyword=keyword))


def set_seen(conn: WriteConnection, reply_id: str, by: str) -> bool:
    """Nobody needs to look at it any more; False when that was so before, and then it stays."""
    change = update(replies).where(replies.c.id == reply_id, replies.c.seen_at.is_(None))
    return conn.execute(change.values(seen_at=now_utc(), seen_by=by)).rowcount == 1


def list_answered_since(conn: Connection, blind: bytes, since: datetime) -> list[AnsweredReply]:
    """The texts of a number that were answered since then."""
    query = select(replies.c.keyword, replies.c.urgent).where(replies.c.blind == blind, replies.c.answered_at > since)
    return [AnsweredReply(Keyword(row.keyword), bool(row.urgent)) for row in conn.execute(query)]


def list_replies(conn: Connection, *, seen: bool) -> list[Reply]:
    """Replies, urgent ones first, then the newest first; without those that were `seen`, unless they are wanted."""
    return [_opened(conn, row) for row in conn.execute(_in_order(seen=seen))]


def list_page(conn: Connection, before: str, limit: int, *, seen: bool) -> list[Reply]:
    """The first of `list_replies`, or those that come next to the one of the id `before`, whatever became of that."""
    query = _in_order(seen=seen).limit(limit)
    if before:
        place = select(*_READING_ORDER).where(replies.c.id == before)
        query = query.where(tuple_(*_READING_ORDER) < place.scalar_subquery())
    return [_opened(conn, row) for row in conn.execute(query)]


def get(conn: Connection, reply_id: str) -> Reply | None:
    """The reply of that id."""
    row = conn.execute(select(replies).where(replies.c.id == reply_id)).first()
    return None if row is None else _opened(conn, row)


def list_urgent(conn: Connection, limit: int) -> list[Reply]:
    """The newest urgent ones that nobody has looked at yet."""
    query = _in_order(seen=False).where(replies.c.urgent == 1).limit(limit)
    return [_opened(conn, row) for row in conn.execute(query)]


def list_ids_by_prefix(conn: Connection, start: str) -> Sequence[str]:
    """The ids that begin like this, so that nobody has to type all of one."""
    return conn.execute(select(replies.c.id).where(replies.c.id.startswith(start, autoescape=True))).scalars().all()


def erase_content(conn: WriteConnection, blind: bytes) -> None:
    """Keep of a number's replies that they came, and nothing of what was said. Doing it twice changes nothing more."""
    nothing = ReplyContent("", "", "", LastLetter("", ""))
    for row in conn.execute(select(replies.c.id).where(replies.c.blind == blind)).all():
        change = update(replies).where(replies.c.id == row.id)
        conn.execute(change.values(words_sealed=_sealed(conn, row.id, nothing), urgent=0))
        set_seen(conn, row.id, "")


def remove_before(conn: WriteConnection, moment: datetime) -> int:
    """Delete what came before this moment; how many there were."""
    return conn.execute(delete(replies).where(replies.c.received_at < moment)).rowcount


def get_last_letter(conn: Connection, blind: bytes) -> LastLetter:
    """What was last handed over, or tried, to this number."""
    row = conn.execute(_LETTER, {"blind": blind}).first()
    return LastLetter("", "") if row is None else LastLetter(row.campaign, row.language)


def find_sibling_address(conn: Connection, blind: bytes) -> bytes | None:
    """The blind index of the email address of whoever has this number, as it was released last; None where we know of
    none.
    """
    return conn.execute(_SIBLING_ADDRESS, {"blind": blind}).scalar()


_READING_ORDER = (replies.c.urgent, replies.c.received_at, replies.c.seq)
"""What is read first: urgent ones, then the newest."""


def _in_order(*, seen: bool) -> Select[Any]:
    query = select(replies).order_by(*(column.desc() for column in _READING_ORDER))
    return query if seen else query.where(replies.c.seen_at.is_(None))


# Broadcast by broadcast, the newest first, one look into the index of its deliveries each.
_TEXTS_TO_NUMBER = and_(
    deliveries.c.broadcast == broadcasts.c.seq,
    deliveries.c.channel == Channel.SMS.value,
    deliveries.c.blind == bindparam("blind"),
)
_LETTER = (
    select(occurrences.c.campaign, deliveries.c.language)
    .select_from(broadcasts)
    .join(occurrences, occurrences.c.seq == broadcasts.c.occurrence)
    .join(deliveries, and_(_TEXTS_TO_NUMBER, deliveries.c.attempts > 0))
    .order_by(broadcasts.c.seq.desc())
    .limit(1)
)
_SIBLING_ADDRESS = (
    select(deliveries.c.kin)
    .select_from(broadcasts)
    .join(deliveries, _TEXTS_TO_NUMBER)
    .order_by(broadcasts.c.seq.desc())
    .limit(1)
)


def _opened(conn: Connection, row: ResultRow) -> Reply:
    sender, recipient, body, *letter = json.loads(keyring_of(conn).open(row.words_sealed, _context(row.id)))
    return Reply(
        row.id,
        ReplyContent(sender, recipient, body, LastLetter(*letter)),
        Keyword(row.keyword),
        bool(row.urgent),
        row.received_at,
        row.answered_at,
        row.seen_at,
        row.seen_by,
    )


def _sealed(conn: Connection, reply_id: str, words: ReplyContent) -> bytes:
    plain = json.dumps([words.sender, words.recipient, words.body, *words.letter])
    return keyring_of(conn).seal(plain.encode(), _context(reply_id))


def _context(reply_id: str) -> bytes:
    return b"reply:" + reply_id.encode()
