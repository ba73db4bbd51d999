"""Rosters that come in through the desk: taken in, or told row by row what is wrong with them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from broadcaster.audiences import (
    Audience,
    Changes,
    Imported,
    ListChoices,
    PreparedList,
    RowsRefusedError,
    ShownRow,
    Way,
    show_rows,
)
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Problem
from broadcaster.services.access.permissions import Actor
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.rosters import importing, list_report, pending_uploads, upload_files
from broadcaster.services.rosters.list_questions import ListUnclearError
from broadcaster.services.rosters.list_report import ListReport
from broadcaster.services.rosters.upload_files import Upload

ROWS_SHOWN = 200
EXAMPLES = 3

FEWEST_GONE = 10
MOST_KEEP = 0.5
"""When more than this share of an audience would go, and so many people, somebody must say that it is meant."""


class NoFileError(BroadcasterError):
    """The form came without a file."""

    code = "no-file"
    default_remedy = "Choose the file with the people, then press the button again."


class MostGoneError(BroadcasterError):
    """Most of the people on the roster are not on the new one."""

    code = "most-gone"
    default_remedy = "Look whether this is the right file, and the right audience."

    def __init__(self, changes: Changes) -> None:
        super().__init__(f"{changes.removed:,} of {changes.before:,} people would be taken off the roster.")
        self.changes = changes


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a file: the person, and their session, to which alone a file that is kept belongs."""

    by: Actor
    session: str


@dataclass(frozen=True, slots=True)
class Terms:
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
class Refusal:
    """A file that was not taken in, on terms that were not enough.

    Where something has to be said about the list, `prepared` has the questions. Where single rows are wrong, `rows` are
    the first of `bad` ones, and `alike` those that can be accepted together. Where most people would go, `changes` says
    so. Otherwise `problems` says what is wrong with the file as a whole. With `token` one can go on on better terms.
    """

    terms: Terms
    problems: tuple[Problem, ...] = ()
    rows: tuple[ShownRow, ...] = ()
    bad: int = 0
    changes: Changes | None = None
    token: str = ""
    prepared: PreparedList | None = None
    alike: tuple[AlikeFaults, ...] = ()
    good: int = 0


def take_in(project: Project, name: str, upload: Upload | None, sender: Sender) -> Imported | Refusal:
    """Make a file the roster of an audience, if every row of it is good and it does not look like the wrong one.

    Raises NoFileError, and what `importing.take_in` raises but for what is in the answer.
    """
    if upload is None or not upload.size:
        raise NoFileError("There is no file, or nothing in it.")
    return _tried(project, name, upload, Terms(), sender)


def go_on(project: Project, name: str, token: str, terms: Terms, sender: Sender) -> Imported | Refusal:
    """Take in the file of a refusal on other terms. Raises NotHeldError, and what `take_in` raises."""
    kept = pending_uploads.take(project, _owner(name, sender), token)
    called, _, content = kept.partition(b"\0")
    return _tried(project, name, upload_files.again(project, content, called.decode()), terms, sender)


def keep_report(project: Project, name: str, done: Imported, sender: Sender) -> str:
    """Keep how a list was read for whoever sent it; the token to ask for it with, "" where there is nothing to tell."""
    return list_report.keep(project, f"report\0{_owner(name, sender)}", done)


def report(view: ProjectView, name: str, token: str, sender: Sender) -> ListReport | None:
    """How a list of theirs was read, if that is still kept."""
    return list_report.look(view, f"report\0{_owner(name, sender)}", token)


def _tried(project: Project, name: str, upload: Upload, terms: Terms, sender: Sender) -> Imported | Refusal:
    owner = _owner(name, sender)
    pending_uploads.forget(project, owner)
    agree = _agree if terms.sure else _refuse_most_gone
    try:
        return importing.take_in(
            project, name, upload, choices=terms.choices, leave_out=terms.leave_out, agree=agree, by=sender.by
        )[1]
    except ListUnclearError as error:
        return Refusal(terms, error.problems, token=_hold(project, owner, upload), prepared=error.prepared)
    except RowsRefusedError as error:
        rows = _shown(project, error.given, error.problems)
        alike = tuple(_alike([*rows, *_shown(project, error.given, error.warnings)]))
        token = _hold(project, owner, upload) if error.good or alike else ""
        return Refusal(
            terms, error.problems, tuple(rows[:ROWS_SHOWN]), error.bad, token=token, alike=alike, good=error.good
        )
    except MostGoneError as error:
        return Refusal(terms, changes=error.changes, token=_hold(project, owner, upload))
    except ProblemsFoundError as error:
        return Refusal(terms, error.problems)
    finally:
        upload.close()


def _hold(project: Project, owner: str, upload: Upload) -> str:
    with upload.open() as stream:
        return pending_uploads.hold(project, owner, upload.name.encode() + b"\0" + stream.read())


def _agree(_: Imported) -> None:
    """Whatever changes."""


def _refuse_most_gone(found: Imported) -> None:
    """Raise MostGoneError where this looks like another list: no copy is kept of the one that it would replace."""
    changes = found.changes
    if changes.removed >= FEWEST_GONE and changes.removed > MOST_KEEP * changes.before:
        raise MostGoneError(changes)


def _owner(name: str, sender: Sender) -> str:
    return f"roster\0{name}\0{sender.by.name}\0{sender.session}"


def _shown(project: Project, given: Audience, problems: Sequence[Problem]) -> list[ShownRow]:
    """The rows that these problems are of."""
    wanted = {one.line for one in problems if one.line is not None}
    return show_rows(given, wanted, identity=project.settings.age_identity)


def _alike(rows: Iterable[ShownRow]) -> Iterator[AlikeFaults]:
    """The kinds of mistakes whose likely readings can be accepted together, the most frequent first."""
    found: dict[str, dict[int, tuple[str, Way]]] = {}
    for row in rows:
        for fault in row.faults:
            for way in fault.ways:
                found.setdefault(way.code, {})[row.row] = (fault.value, way)
    for code, there in sorted(found.items(), key=lambda item: -len(item[1])):
        _, first = next(iter(there.values()))
        examples = tuple(dict.fromkeys((value, way.value) for value, way in there.values()))[:EXAMPLES]
        yield AlikeFaults(code, first.message, first.reading, len(there), examples)
