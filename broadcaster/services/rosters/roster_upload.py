"""Rosters that come in through the desk: taken in, or told row by row what is wrong with them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from broadcaster.audiences.description.audience import Audience
from broadcaster.audiences.importing.import_export import ImportResult, RowsRefusedError
from broadcaster.audiences.importing.list_preparation import ListChoices, PreparedList
from broadcaster.audiences.importing.roster_comparison import RosterChanges
from broadcaster.audiences.model.row_errors import AcceptableReading
from broadcaster.audiences.rosters.row_display import ShownRow, show_rows
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Problem
from broadcaster.services.access.permissions import Actor
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.rosters import import_report, importing, pending_uploads, upload_files
from broadcaster.services.rosters.import_questions import ListUnclearError
from broadcaster.services.rosters.import_report import ImportReport
from broadcaster.services.rosters.upload_files import Upload

ROWS_SHOWN = 200
EXAMPLES_SHOWN = 3

FEWEST_REMOVED = 10
LARGEST_REMOVED_SHARE = 0.5
"""When more than this share of an audience would go, and so many people, somebody must say that it is meant."""


class NoFileError(BroadcasterError):
    """The form came without a file."""

    code = "no-file"
    default_remedy = "Choose the file with the people, then press the button again."


class MostPeopleRemovedError(BroadcasterError):
    """Most of the people on the roster are not on the new one."""

    code = "most-gone"
    default_remedy = "Look whether this is the right file, and the right audience."

    def __init__(self, changes: RosterChanges) -> None:
        super().__init__(f"{changes.removed:,} of {changes.before:,} people would be taken off the roster.")
        self.changes = changes


@dataclass(frozen=True, slots=True)
class UploadSender:
    """Who sends a file: the person, and their session, to which alone a file that is kept belongs."""

    by: Actor
    session: str


@dataclass(frozen=True, slots=True)
class UploadTerms:
    """What is wanted all the same: the file without its bad rows; a roster without most of those who are on it now; and
    what somebody said about the list.
    """

    leave_out: bool = False
    sure: bool = False
    choices: ListChoices = importing.NO_CHOICES


@dataclass(frozen=True, slots=True)
class AlikeFaults:
    """Rows with one kind of mistake that all can be read as they are likely meant, once `code` is accepted. `examples`,
    which are personal, are what stands in a cell and what it would be read as.
    """

    code: str
    message: str
    reading: str
    rows: int
    examples: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class UploadRefusal:
    """A file that was not taken in, on terms that were not enough.

    Where something has to be said about the list, `prepared` has the questions. Where single rows are wrong, `rows` are
    the first of `bad` ones, and `alike` those that can be accepted together. Where most people would go, `changes` says
    so. Otherwise `problems` says what is wrong with the file as a whole. With `token` one can go on on better terms.
    """

    terms: UploadTerms
    problems: tuple[Problem, ...] = ()
    rows: tuple[ShownRow, ...] = ()
    bad: int = 0
    changes: RosterChanges | None = None
    token: str = ""
    prepared: PreparedList | None = None
    alike: tuple[AlikeFaults, ...] = ()
    good: int = 0


def import_upload(
    project: Project, name: str, upload: Upload | None, sender: UploadSender
) -> ImportResult | UploadRefusal:
    """Make a file the roster of an audience, if every row of it is good and it does not look like the wrong one.

    Raises NoFileError, and what `importing.import_audience_roster` raises but for what is in the answer.
    """
    if upload is None or not upload.size:
        raise NoFileError("There is no file, or nothing in it.")
    return _try_import(project, name, upload, UploadTerms(), sender)


def retry_import(
    project: Project, name: str, token: str, terms: UploadTerms, sender: UploadSender
) -> ImportResult | UploadRefusal:
    """Take in the file of a refusal on other terms. Raises NotHeldError, and what `import_upload` raises."""
    kept = pending_uploads.pop_pending(project, _upload_owner(name, sender), token)
    called, _, content = kept.partition(b"\0")
    return _try_import(project, name, upload_files.restore_upload(project, content, called.decode()), terms, sender)


def keep_import_report(project: Project, name: str, done: ImportResult, sender: UploadSender) -> str:
    """Keep how a list was read for whoever sent it; the token to ask for it with, "" where there is nothing to tell."""
    return import_report.keep_report(project, f"report\0{_upload_owner(name, sender)}", done)


def find_import_report(view: ProjectView, name: str, token: str, sender: UploadSender) -> ImportReport | None:
    """How a list of theirs was read, if that is still kept."""
    return import_report.find_report(view, f"report\0{_upload_owner(name, sender)}", token)


def _try_import(
    project: Project, name: str, upload: Upload, terms: UploadTerms, sender: UploadSender
) -> ImportResult | UploadRefusal:
    owner = _upload_owner(name, sender)
    pending_uploads.forget_pending(project, owner)
    agree = _allow_any_change if terms.sure else _refuse_most_removed
    try:
        return importing.import_audience_roster(
            project, name, upload, choices=terms.choices, leave_out=terms.leave_out, agree=agree, by=sender.by
        )[1]
    except ListUnclearError as error:
        return UploadRefusal(terms, error.problems, token=_keep_upload(project, owner, upload), prepared=error.prepared)
    except RowsRefusedError as error:
        rows = _rows_of_problems(project, error.list_audience, error.problems)
        alike = tuple(_alike_faults([*rows, *_rows_of_problems(project, error.list_audience, error.warnings)]))
        token = _keep_upload(project, owner, upload) if error.good or alike else ""
        return UploadRefusal(
            terms, error.problems, tuple(rows[:ROWS_SHOWN]), error.bad, token=token, alike=alike, good=error.good
        )
    except MostPeopleRemovedError as error:
        return UploadRefusal(terms, changes=error.changes, token=_keep_upload(project, owner, upload))
    except ProblemsFoundError as error:
        return UploadRefusal(terms, error.problems)
    finally:
        upload.close()


def _keep_upload(project: Project, owner: str, upload: Upload) -> str:
    with upload.open() as stream:
        return pending_uploads.keep_pending(project, owner, upload.name.encode() + b"\0" + stream.read())


def _allow_any_change(_: ImportResult) -> None:
    """Whatever changes."""


def _refuse_most_removed(found: ImportResult) -> None:
    """Raise MostGoneError where this looks like another list: no copy is kept of the one that it would replace."""
    changes = found.changes
    if changes.removed >= FEWEST_REMOVED and changes.removed > LARGEST_REMOVED_SHARE * changes.before:
        raise MostPeopleRemovedError(changes)


def _upload_owner(name: str, sender: UploadSender) -> str:
    return f"roster\0{name}\0{sender.by.name}\0{sender.session}"


def _rows_of_problems(project: Project, given: Audience, problems: Sequence[Problem]) -> list[ShownRow]:
    """The rows that these problems are of."""
    wanted = {one.line for one in problems if one.line is not None}
    return show_rows(given, wanted, identity=project.settings.age_identity)


def _alike_faults(rows: Iterable[ShownRow]) -> Iterator[AlikeFaults]:
    """The kinds of mistakes whose likely readings can be accepted together, the most frequent first."""
    found: dict[str, dict[int, tuple[str, AcceptableReading]]] = {}
    for row in rows:
        for fault in row.faults:
            for way in fault.readings:
                found.setdefault(way.code, {})[row.row] = (fault.value, way)
    for code, there in sorted(found.items(), key=lambda item: -len(item[1])):
        _, first = next(iter(there.values()))
        examples = tuple(dict.fromkeys((value, way.value) for value, way in there.values()))[:EXAMPLES_SHOWN]
        yield AlikeFaults(code, first.message, first.reading, len(there), examples)
