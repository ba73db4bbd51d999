"""The audit log for staff: filtered, paged, checked and exported; and who may read which entry."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from broadcaster.audiences.formats.csv_injection import BYTE_ORDER_MARK
from broadcaster.audiences.formats.spreadsheet_csv import csv_rows
from broadcaster.domain.local_time import walltime
from broadcaster.ledger.audit_log import audit, audit_search
from broadcaster.ledger.audit_log.audit import ChainCheck, RecordedEntry
from broadcaster.ledger.audit_log.audit_search import ActionsOnSubjects, AuditFilter
from broadcaster.services.access.permissions import Actor, can_see
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.writing import letter_catalogue

PAGE_SIZE = 50
NEWEST_CHECKED = 200
"""Entries that are checked at each look: enough to find an end that was cut off or overwritten."""

_CHUNK = 1_000
_CHECK_ACTION = "check-audit"
_FORMER_ACTIONS: dict[str, tuple[str, ...]] = {"approve": ("approve", "approved"), "reject": ("reject", "rejected")}
"""Actions that older entries have under other words, for entries are never changed."""

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
"""Actions by the kind of their subject. Only people who work with all audiences read any other action."""


@dataclass(frozen=True, slots=True)
class AuditLogFilter:
    """A filter of entries; "" and None match all. `day` is a date in the organisation's timezone."""

    by: str = ""
    action: str = ""
    subject: str = ""
    day: date | None = None

    def as_words(self) -> dict[str, str]:
        """The filters that are set."""
        words = {"by": self.by, "action": self.action, "subject": self.subject, "day": str(self.day or "")}
        return {name: word for name, word in words.items() if word}


@dataclass(frozen=True, slots=True)
class AuditLogFilterChoices:
    """The values to filter by."""

    doers: tuple[str, ...]
    actions: tuple[str, ...]
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditLogCheck:
    """The last check of the whole log: when, by whom, and its result."""

    written: RecordedEntry
    verdict: ChainCheck


def list_entries(
    project: ProjectView, who: str, wanted: AuditLogFilter, before: int | None, limit: int
) -> list[RecordedEntry]:
    """The next entries older than number `before` (None to begin) that this person may read."""
    with project.ledger.reading() as conn:
        return audit_search.list_entries(conn, _ledger_filter(project, who, wanted), before, limit)


def list_filter_choices(project: ProjectView, who: str) -> AuditLogFilterChoices:
    """The values to filter by that occur in entries which this person may read."""
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
    """Check the chain of the newest entries, and that none is missing at the end."""
    with project.ledger.reading() as conn:
        return audit.verify(conn, NEWEST_CHECKED)


def find_last_check(project: ProjectView) -> AuditLogCheck | None:
    """The last check of the whole log; None if there was none."""
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
    """Check the whole chain, and record the result in the log."""
    with project.ledger.reading() as conn:
        verdict = audit.verify(conn)
    with project.ledger.writing() as conn:
        audit.record(conn, by, _CHECK_ACTION, "audit", entries=verdict.entries, broken_at=verdict.broken_at)
    return verdict


def export_entries(project: Project, by: Actor, wanted: AuditLogFilter) -> Iterator[bytes]:
    """The filtered entries as CSV in chunks, newest first. No spreadsheet reads a cell as a formula."""
    there = list_filter_choices(project, by.name)
    known = {*there.doers, *there.actions, *there.subjects, str(wanted.day)}
    detail = {name: word if word in known else "unknown" for name, word in wanted.as_words().items()}
    with project.ledger.writing() as conn:
        audit.record(conn, by, "export-audit", "audit", **detail)
    yield BYTE_ORDER_MARK.encode()
    yield csv_rows([("number", "at", "by", "action", "subject", "detail", "system user", "host")])
    before: int | None = None
    while found := list_entries(project, by.name, wanted, before, _CHUNK):
        before = found[-1].seq
        yield csv_rows([_csv_cells(one) for one in found])


def _ledger_filter(project: ProjectView, who: str, wanted: AuditLogFilter) -> AuditFilter:
    start = end = None
    if wanted.day is not None:
        midnights = (datetime.combine(day, time()) for day in (wanted.day, wanted.day + timedelta(days=1)))
        start, end = (walltime.instant(one, project.zone) for one in midnights)
    kinds = _FORMER_ACTIONS.get(wanted.action, (wanted.action,) if wanted.action else ())
    return AuditFilter(wanted.by, kinds, wanted.subject, start, end, _readable_entries(project, who))


def _readable_entries(project: ProjectView, who: str) -> tuple[ActionsOnSubjects, ...] | None:
    """The entries that this person may read; None is all of them.

    People who work with some audiences read the entries of these audiences and of letters. They also read those of
    campaigns that go to no other audience. An entry says no more of a campaign than its name and the action.
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
    return (str(one.seq), one.at.isoformat(), *cells)
