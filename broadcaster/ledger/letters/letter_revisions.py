"""What the files of letters said before: a revision for each time one was saved at the desk."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from broadcaster.ledger.database.column_types import now_utc
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import ResultRow
from broadcaster.ledger.database.tables import revisions


@dataclass(frozen=True, slots=True)
class LetterRevision:
    """A file of a letter as somebody saved it; `digest` is of its bytes."""

    seq: int
    letter: str
    file: str
    digest: str
    content: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RevisionSummary:
    """A revision without what it says."""

    seq: int
    file: str
    digest: str
    by: str
    at: datetime


def add(conn: WriteConnection, letter: str, file: str, version: tuple[str, str], by: str) -> None:
    """Keep a version, which is digest and content, unless it is the newest already."""
    digest, content = version
    known = latest_of_file(conn, letter, file)
    if known is None or known.digest != digest:
        row = {"letter": letter, "file": file, "digest": digest, "content": content, "by": by, "at": now_utc()}
        conn.execute(revisions.insert().values(row))


def latest_of_file(conn: Connection, letter: str, file: str) -> LetterRevision | None:
    """The last one of a file."""
    found = list_of_file(conn, letter, file, 1)
    return found[0] if found else None


def list_of_file(conn: Connection, letter: str, file: str, limit: int = 100) -> list[LetterRevision]:
    """Those of a file, the newest first."""
    query = select(revisions).where(revisions.c.letter == letter, revisions.c.file == file)
    return [_revision(row) for row in conn.execute(query.order_by(revisions.c.seq.desc()).limit(limit))]


def list_of_letter(conn: Connection, letter: str) -> list[RevisionSummary]:
    """Those of all files of a letter, the newest first."""
    columns = (revisions.c.seq, revisions.c.file, revisions.c.digest, revisions.c.by, revisions.c.at)
    query = select(*columns).where(revisions.c.letter == letter).order_by(revisions.c.seq.desc())
    return [RevisionSummary(row.seq, row.file, row.digest, row.by, row.at) for row in conn.execute(query)]


def get(conn: Connection, seq: int) -> LetterRevision | None:
    """The one of that number."""
    row = conn.execute(select(revisions).where(revisions.c.seq == seq)).first()
    return None if row is None else _revision(row)


def _revision(row: ResultRow) -> LetterRevision:
    return LetterRevision(row.seq, row.letter, row.file, row.digest, row.content, row.by, row.at)
