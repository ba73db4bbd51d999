"""Rosters that come in through the desk: taken in, or told row by row what is wrong with them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from broadcaster.audiences import Imported, RowsRefusedError, ShownRow, show_rows
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Level, Problem
from broadcaster.services import held, roster
from broadcaster.services.audience import open_audience
from broadcaster.services.people import Actor
from broadcaster.services.project import Project

ROWS_SHOWN = 200

FILE = "upload.csv"


class NoFileError(BroadcasterError):
    """The form came without a file."""

    code = "no-file"
    default_remedy = "Choose the CSV file with the people, then press the button again."


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a file: the person, and their session, to which alone a file that is kept belongs."""

    by: Actor
    session: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that was not taken in. Where single rows are wrong, `rows` are the first of `bad` ones, and with `token`
    it can be taken in without them, if any are left; else `problems` says what is wrong with it as a whole.
    """

    problems: tuple[Problem, ...]
    rows: tuple[ShownRow, ...] = ()
    bad: int = 0
    token: str = ""


def take_in(project: Project, name: str, content: bytes, sender: Sender) -> Imported | Refusal:
    """Make a file the roster of an audience, if every row of it is good. Raises NoFileError, and what
    `roster.take_in` raises but for what is in the answer.
    """
    if not content:
        raise NoFileError("There is no file, or nothing in it.")
    owner = _owner(name, sender)
    held.forget(project, owner)
    with TemporaryDirectory(prefix="broadcaster-roster-") as folder:
        source = _put(folder, content)
        try:
            return roster.take_in(project, name, source, by=sender.by)[1]
        except RowsRefusedError as error:
            rows = _bad_rows(project, name, source, error.problems)
            token = held.hold(project, owner, content) if error.good else ""
            return Refusal(error.problems, rows, error.bad, token)
        except ProblemsFoundError as error:
            return Refusal(error.problems)


def take_in_the_rest(project: Project, name: str, token: str, sender: Sender) -> Imported:
    """Take in the file of a refusal without its bad rows. Raises NotHeldError, and what `roster.take_in` raises."""
    content = held.take(project, _owner(name, sender), token)
    with TemporaryDirectory(prefix="broadcaster-roster-") as folder:
        return roster.take_in(project, name, _put(folder, content), leave_out=True, by=sender.by)[1]


def _owner(name: str, sender: Sender) -> str:
    return f"roster\0{name}\0{sender.by.name}\0{sender.session}"


def _put(folder: str, content: bytes) -> Path:
    """The file that rosters are read from: in a folder of its own that only this account may enter, and that goes."""
    source = Path(folder) / FILE
    source.touch(0o600)
    source.write_bytes(content)
    return source


def _bad_rows(project: Project, name: str, source: Path, problems: Sequence[Problem]) -> tuple[ShownRow, ...]:
    given = replace(open_audience(project, name, roster_needed=False), roster=source)
    numbers = [one.line for one in problems if one.level is Level.ERROR and one.line is not None]
    return tuple(show_rows(given, list(dict.fromkeys(numbers))[:ROWS_SHOWN]))
