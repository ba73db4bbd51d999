"""Reading the audit log: filtered, by the page, checked, as a file; and whose each entry is to read."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from broadcaster.audiences.formats.csv_injection import BYTE_ORDER_MARK, escape_formula
from broadcaster.domain.local_time import walltime
from broadcaster.ledger.audit_log import audit, audit_search
from broadcaster.ledger.audit_log.audit import ChainCheck, RecordedEntry
from broadcaster.ledger.audit_log.audit_search import ActionsOnSubjects, AuditFilter
from broadcaster.services.access.permissions import Actor, can_see
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.writing import letter_catalogue

PAGE_SIZE = 50
NEWEST_CHECKED = 200
"""Entries that are checked whenever somebody looks: enough to see that the end was cut off or written over."""

_CHUNK = 1_000
_CHECK_ACTION = "check-audit"
_FORMER_ACTIONS: dict[str, tuple[str, ...]] = {"approve": ("approve", "approved"), "reject": ("reject", "rejected")}
"""Deeds that were once written down by another word; a log cannot be mended."""

CAMPAIGN_ACTIONS = frozenset(
    {
        "submit",
        *_FORMER_ACTIONS["approve"],
        *_FORMER_ACTIONS["reject"],
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
LETTER_ACTIONS = frozenset({"make-letter", "write-letter", "send-test"})
AUDIENCE_ACTIONS = frozenset({"make-audience", "delete-audience", "audience-import", "audience-export", "erase"})
"""What the subject of a deed is. Those that are in none of these are for whoever works with all audiences."""


@dataclass(frozen=True, slots=True)
class AuditLogFilter:
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
class AuditLogFilterChoices:
    """What somebody can filter by."""

    doers: tuple[str, ...]
    actions: tuple[str, ...]
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditLogCheck:
    """When the whole log was checked last, by whom, and what was found."""

    written: RecordedEntry
    verdict: ChainCheck


def list_entries(
    project: ProjectView, who: str, wanted: AuditLogFilter, before: int | None, limit: int
) -> list[RecordedEntry]:
    """The next entries older than number `before` (None to begin) that this person may read."""
    with project.ledger.reading() as conn:
        return audit_search.list_entries(conn, _ledger_filter(project, who, wanted), before, limit)


def list_filter_choices(project: ProjectView, who: str) -> AuditLogFilterChoices:
    """What there is to filter by; for those who work with some audiences, no more than they may read of."""
    with project.ledger.reading() as conn:
        doers, kinds = audit_search.list_actors(conn), audit_search.list_actions(conn)
        subjects = audit_search.list_subjects(conn)
    today = {old: name for name, words in _FORMER_ACTIONS.items() for old in words}
    theirs = _readable_entries(project, who)
    if theirs is not None:
        doers = [one for one in doers if one in project.settings.people]
        kinds = [one for one in kinds if any(one in among.actions for among in theirs)]
        named = {*letter_catalogue.list_letters(project), *(name for among in theirs for name in among.subjects or ())}
        subjects = [one for one in subjects if one in named]
    return AuditLogFilterChoices(
        tuple(one for one in doers if one), tuple(sorted({today.get(one, one) for one in kinds})), tuple(subjects)
    )


def verify_newest_entries(project: ProjectView) -> ChainCheck:
    """Whether the newest entries follow from one another, and none is missing at the end."""
    with project.ledger.reading() as conn:
        return audit.verify(conn, NEWEST_CHECKED)


def find_last_check(project: ProjectView) -> AuditLogCheck | None:
    """The last time that the whole log was checked; None while nobody has."""
    with project.ledger.reading() as conn:
        found = audit_search.list_entries(conn, AuditFilter(actions=(_CHECK_ACTION,)), None, 1)
    if not found:
        return None
    entries, broken_at = (found[0].entry.detail.get(name) for name in ("entries", "broken_at"))
    return AuditLogCheck(
        found[0],
        ChainCheck(entries if isinstance(entries, int) else 0, broken_at if isinstance(broken_at, int) else None),
    )


def check_whole_log(project: Project, by: Actor) -> ChainCheck:
    """Follow the whole chain, and write down what was found."""
    with project.ledger.reading() as conn:
        verdict = audit.verify(conn)
    with project.ledger.writing() as conn:
        audit.record(conn, by, _CHECK_ACTION, "audit", entries=verdict.entries, broken_at=verdict.broken_at)
    return verdict


def export_entries(project: Project, by: Actor, wanted: AuditLogFilter) -> Iterator[bytes]:
    """What is wanted as CSV, newest first, piece by piece; no cell is a formula to a spreadsheet."""
    there = list_filter_choices(project, by.name)
    known = {*there.doers, *there.actions, *there.subjects, str(wanted.day)}
    detail = {name: word if word in known else "unknown" for name, word in wanted.as_words().items()}
    with project.ledger.writing() as conn:
        audit.record(conn, by, "export-audit", "audit", **detail)
    yield BYTE_ORDER_MARK.encode()
    yield _csv_rows([("number", "at", "by", "action", "subject", "detail", "system user", "host")])
    before: int | None = None
    while found := list_entries(project, by.name, wanted, before, _CHUNK):
        before = found[-1].seq
        yield _csv_rows([_csv_cells(one) for one in found])


def _ledger_filter(project: ProjectView, who: str, wanted: AuditLogFilter) -> AuditFilter:
    start = end = None
    if wanted.day is not None:
        midnights = (datetime.combine(day, time()) for day in (wanted.day, wanted.day + timedelta(days=1)))
        start, end = (walltime.instant(one, project.zone) for one in midnights)
    kinds = _FORMER_ACTIONS.get(wanted.action, (wanted.action,) if wanted.action else ())
    return AuditFilter(wanted.by, kinds, wanted.subject, start, end, _readable_entries(project, who))


def _readable_entries(project: ProjectView, who: str) -> tuple[ActionsOnSubjects, ...] | None:
    """The entries that this person may read; None is all of them.

    Who works with some audiences reads what is of these, of the campaigns that go to them and to no other, and of
    letters, which are everybody's. An entry says no more of a campaign than its name and what was done.
    """
    settings = project.settings
    theirs = settings.people[who].audiences
    if theirs is None:
        return None
    campaigns = [one.name for one in settings.campaigns.values() if can_see(settings, who, one.audiences)]
    return (
        ActionsOnSubjects(CAMPAIGN_ACTIONS, campaigns),
        ActionsOnSubjects(AUDIENCE_ACTIONS, theirs),
        ActionsOnSubjects(LETTER_ACTIONS),
    )


def _csv_cells(one: RecordedEntry) -> tuple[str, ...]:
    entry = one.entry
    detail = json.dumps(entry.detail, sort_keys=True, ensure_ascii=False)
    cells = (entry.by, entry.action, entry.subject, detail, entry.system_user, entry.host)
    return (str(one.seq), one.at.isoformat(), *(escape_formula(cell) for cell in cells))


def _csv_rows(rows: list[tuple[str, ...]]) -> bytes:
    target = io.StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue().encode()
