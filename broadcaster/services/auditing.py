"""Reading the audit log: filtered, by the page, checked, as a file."""

import csv
import io
import json
from collections.abc import Iterator

from broadcaster.audiences.formulas import guarded
from broadcaster.ledger import audit
from broadcaster.ledger.audit import Entry, Verdict, Written
from broadcaster.services.people import Actor
from broadcaster.services.project import Project

PAGE = 50
_CHUNK = 1_000


def page(project: Project, before: int | None, by: str = "", action: str = "") -> list[Written]:
    """The next entries older than number `before`, of one person or one kind where asked for."""
    with project.ledger.reading() as conn:
        return audit.page(conn, before, by, action, PAGE)


def actions(project: Project) -> list[str]:
    """The kinds of entries there are."""
    with project.ledger.reading() as conn:
        return audit.actions(conn)


def verdict(project: Project) -> Verdict:
    """Whether the log is as it was written."""
    with project.ledger.reading() as conn:
        return audit.verify(conn)


def export(project: Project, by: Actor) -> Iterator[bytes]:
    """The whole log as CSV, newest first, piece by piece; no cell is a formula to a spreadsheet."""
    with project.ledger.writing() as conn:
        audit.write(conn, Entry(by.name, "export-audit", "audit", {}, by.system_user, by.host))
    yield _rows([("number", "at", "by", "action", "subject", "detail", "system user", "host")])
    before: int | None = None
    while True:
        with project.ledger.reading() as conn:
            found = audit.page(conn, before, "", "", _CHUNK)
        if not found:
            return
        before = found[-1].seq
        yield _rows([_cells(one) for one in found])


def _cells(one: Written) -> tuple[str, ...]:
    entry = one.entry
    detail = json.dumps(entry.detail, sort_keys=True, ensure_ascii=False)
    cells = (entry.by, entry.action, entry.subject, detail, entry.system_user, entry.host)
    return (str(one.seq), one.at.isoformat(), *(guarded(cell) for cell in cells))


def _rows(rows: list[tuple[str, ...]]) -> bytes:
    target = io.StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue().encode()
