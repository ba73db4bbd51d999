"""Reading the audit log: filtered, by the page, checked, as a file; and whose each entry is to read."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from broadcaster.audiences.csv_injection import BYTE_ORDER_MARK, guarded
from broadcaster.domain import walltime
from broadcaster.ledger import audit, audit_pages
from broadcaster.ledger.audit import Entry, Verdict, Written
from broadcaster.ledger.audit_pages import Among, Wanted
from broadcaster.services.access.permissions import Actor, sees
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.writing import letter_catalogue

PAGE = 50
LATEST = 200
"""Entries that are checked whenever somebody looks: enough to see that the end was cut off or written over."""

_CHUNK = 1_000
_CHECK = "check-audit"
_ONCE: dict[str, tuple[str, ...]] = {"approve": ("approve", "approved"), "reject": ("reject", "rejected")}
"""Deeds that were once written down by another word; a log cannot be mended."""

OF_CAMPAIGNS = frozenset(
    {
        "submit",
        *_ONCE["approve"],
        *_ONCE["reject"],
        "approve-refused",
        "void",
        "call-off",
        "release",
        "skip",
        "finish",
        "crisis",
        "send",
        "pause",
        "resume",
        "cancel",
    }
    | {"halt", "came-back", "unsure-hold", "unsure-resend", "unsure-settle", "send-again", "export-record"}
    | {"make-campaign", "change-campaign", "remove-campaign"}
)
OF_LETTERS = frozenset({"make-letter", "write-letter", "send-test"})
OF_AUDIENCES = frozenset({"make-audience", "audience-import", "audience-export", "erase"})
"""What the subject of a deed is. Those that are in none of these are for whoever works with all audiences."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What somebody wants to see: "" and None are everything. `day` is one of the organisation's calendar."""

    by: str = ""
    action: str = ""
    subject: str = ""
    day: date | None = None

    def as_words(self) -> dict[str, str]:
        """Those that say something."""
        words = {"by": self.by, "action": self.action, "subject": self.subject, "day": str(self.day or "")}
        return {name: word for name, word in words.items() if word}


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody can filter by."""

    doers: tuple[str, ...]
    actions: tuple[str, ...]
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """When the whole log was checked last, by whom, and what was found."""

    written: Written
    verdict: Verdict


def page(project: ProjectView, who: str, wanted: Filter, before: int | None, limit: int) -> list[Written]:
    """The next entries older than number `before` (None to begin) that this person may read."""
    with project.ledger.reading() as conn:
        return audit_pages.page(conn, _wanted(project, who, wanted), before, limit)


def choices(project: ProjectView, who: str) -> Choices:
    """What there is to filter by; for those who work with some audiences, no more than they may read of."""
    with project.ledger.reading() as conn:
        doers, kinds = audit_pages.doers(conn), audit_pages.actions(conn)
        subjects = audit_pages.subjects(conn)
    today = {old: name for name, words in _ONCE.items() for old in words}
    theirs = _theirs(project, who)
    if theirs is not None:
        doers = [one for one in doers if one in project.settings.people]
        kinds = [one for one in kinds if any(one in among.actions for among in theirs)]
        named = {*letter_catalogue.names(project), *(name for among in theirs for name in among.subjects or ())}
        subjects = [one for one in subjects if one in named]
    return Choices(
        tuple(one for one in doers if one), tuple(sorted({today.get(one, one) for one in kinds})), tuple(subjects)
    )


def latest_verdict(project: ProjectView) -> Verdict:
    """Whether the newest entries follow from one another, and none is missing at the end."""
    with project.ledger.reading() as conn:
        return audit.verify(conn, LATEST)


def last_check(project: ProjectView) -> Check | None:
    """The last time that the whole log was checked; None while nobody has."""
    with project.ledger.reading() as conn:
        found = audit_pages.page(conn, Wanted(actions=(_CHECK,)), None, 1)
    if not found:
        return None
    entries, broken_at = (found[0].entry.detail.get(name) for name in ("entries", "broken_at"))
    return Check(
        found[0],
        Verdict(entries if isinstance(entries, int) else 0, broken_at if isinstance(broken_at, int) else None),
    )


def check(project: Project, by: Actor) -> Verdict:
    """Follow the whole chain, and write down what was found."""
    with project.ledger.reading() as conn:
        verdict = audit.verify(conn)
    detail = {"entries": verdict.entries, "broken_at": verdict.broken_at}
    with project.ledger.writing() as conn:
        audit.write(conn, Entry(by.name, _CHECK, "audit", detail, by.system_user, by.host))
    return verdict


def export(project: Project, by: Actor, wanted: Filter) -> Iterator[bytes]:
    """What is wanted as CSV, newest first, piece by piece; no cell is a formula to a spreadsheet."""
    there = choices(project, by.name)
    known = {*there.doers, *there.actions, *there.subjects, str(wanted.day)}
    detail = {name: word if word in known else "unknown" for name, word in wanted.as_words().items()}
    with project.ledger.writing() as conn:
        audit.write(conn, Entry(by.name, "export-audit", "audit", detail, by.system_user, by.host))
    yield BYTE_ORDER_MARK.encode()
    yield _rows([("number", "at", "by", "action", "subject", "detail", "system user", "host")])
    before: int | None = None
    while found := page(project, by.name, wanted, before, _CHUNK):
        before = found[-1].seq
        yield _rows([_cells(one) for one in found])


def _wanted(project: ProjectView, who: str, wanted: Filter) -> Wanted:
    start = end = None
    if wanted.day is not None:
        midnights = (datetime.combine(day, time()) for day in (wanted.day, wanted.day + timedelta(days=1)))
        start, end = (walltime.instant(one, project.zone) for one in midnights)
    kinds = _ONCE.get(wanted.action, (wanted.action,) if wanted.action else ())
    return Wanted(wanted.by, kinds, wanted.subject, start, end, _theirs(project, who))


def _theirs(project: ProjectView, who: str) -> tuple[Among, ...] | None:
    """The entries that this person may read; None is all of them.

    Who works with some audiences reads what is of these, of the campaigns that go to them and to no other, and of
    letters, which are everybody's. An entry says no more of a campaign than its name and what was done.
    """
    settings = project.settings
    theirs = settings.people[who].audiences
    if theirs is None:
        return None
    campaigns = [one.name for one in settings.campaigns.values() if sees(settings, who, one.audiences)]
    return (Among(OF_CAMPAIGNS, campaigns), Among(OF_AUDIENCES, theirs), Among(OF_LETTERS))


def _cells(one: Written) -> tuple[str, ...]:
    entry = one.entry
    detail = json.dumps(entry.detail, sort_keys=True, ensure_ascii=False)
    cells = (entry.by, entry.action, entry.subject, detail, entry.system_user, entry.host)
    return (str(one.seq), one.at.isoformat(), *(guarded(cell) for cell in cells))


def _rows(rows: list[tuple[str, ...]]) -> bytes:
    target = io.StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue().encode()
