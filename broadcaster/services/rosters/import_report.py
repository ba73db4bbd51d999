"""How a list was read that was taken in at the desk: kept for its sender, to be shown on the page that follows."""

import json
from dataclasses import asdict, dataclass

from broadcaster.audiences.columns.column_names import STANDARD_COLUMNS
from broadcaster.audiences.importing.import_export import ImportResult
from broadcaster.domain.problems import Problem, Severity
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.rosters import pending_uploads


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Headings, but for standard columns of the same name, with the columns that they were taken for; and what is worth
    knowing of the rows.
    """

    columns: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]


def keep_report(project: Project, owner: str, done: ImportResult) -> str:
    """Keep what there is to tell; the token to ask for it with, "" where there is nothing."""
    matched = done.matching.headings if done.matching else ()
    columns = [
        (one.heading, one.column)
        for one in matched
        if one.samples and not (one.column in STANDARD_COLUMNS and one.column == one.heading.casefold())
    ]
    if not done.warnings and all(heading.casefold() == column for heading, column in columns):
        return ""
    return pending_uploads.keep_pending(
        project, owner, json.dumps([columns, list(map(asdict, done.warnings))]).encode()
    )


def find_report(view: ProjectView, owner: str, token: str) -> ImportReport | None:
    """What was kept; None where it is no longer, or belongs to somebody else."""
    kept = pending_uploads.read_pending(view, owner, token)
    if kept is None:
        return None
    columns, problems = json.loads(kept)
    told = (Problem(**one | {"level": Severity(one["level"])}) for one in problems)
    return ImportReport(tuple(map(tuple, columns)), tuple(told))
