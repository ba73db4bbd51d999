"""Audiences: who they are in numbers, who is left out and why, and their rosters, taken in and given out."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Problem
from broadcaster.services import letterbook, roster
from broadcaster.services.audience import open_audience
from broadcaster.services.people import Deed
from broadcaster.services.project import Project
from broadcaster.web.desk import suppressions
from broadcaster.web.desk.needs import needs
from broadcaster.web.desk.visit import Visit

ROWS_SHOWN = 200


class NoFileError(BroadcasterError):
    """The form came without a file."""

    code = "no-file"
    default_remedy = "Choose the CSV file with the people, then press the button again."


@get("/audiences", opt=needs(Deed.LOOK), sync_to_thread=True)
def audiences(visit: NamedDependency[Visit]) -> Response[Any]:
    """Those that are theirs to see."""
    mine = [name for name in letterbook.audience_names(visit.project) if visit.sees(name)]
    return visit.page("audiences", rows=[(name, _described(visit.project, name)) for name in mine])


@get("/audiences/{name:str}", opt=needs(Deed.LOOK), sync_to_thread=True)
def audience(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """One of them, looked through."""
    return visit.page("audience", **_shown(visit, visit.audience(name)))


@post("/audiences/{name:str}/roster", opt=needs(Deed.KEEP_AUDIENCE), sync_to_thread=True)
def take_in(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Make a file the roster, if every row of it is good, or without the bad ones if that is wanted."""
    visit.audience(name)
    by = visit.actor(Deed.KEEP_AUDIENCE, name)
    sent = visit.form.get("roster")
    if not isinstance(sent, UploadFile):
        raise NoFileError("There is no file.")
    content = sent.file.read()
    if not content:
        raise NoFileError("The file is empty.")
    leave_out = visit.field("leave_out") == "yes"
    try:
        _take_in(visit.project, name, content, leave_out=leave_out, by=by)
    except ProblemsFoundError as error:
        bad = _bad_rows(content, error.problems)
        return visit.page("audience", 422, **(_shown(visit, name) | {"bad": bad, "found": error.problems}))
    return visit.go("audiences", name, said="taken-in")


@post("/audiences/{name:str}/export", opt=needs(Deed.SEE_PEOPLE), sync_to_thread=True)
def give_out(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The roster's usable rows, for a spreadsheet."""
    visit.audience(name)
    target = io.StringIO(newline="")
    roster.give_out(visit.project, name, target, visit.actor(Deed.SEE_PEOPLE, name))
    return Response(
        target.getvalue().encode(),
        status_code=200,
        media_type="text/csv",
        headers={"content-disposition": f'attachment; filename="{name}.csv"'},
    )


ROUTES = (audiences, audience, take_in, give_out, *suppressions.ROUTES)


def _take_in(project: Project, name: str, content: bytes, **how: Any) -> None:
    """Give the service the file it reads: in a folder of its own that only this account may enter, and that goes."""
    with TemporaryDirectory(prefix="broadcaster-roster-") as folder:
        source = Path(folder) / "upload.csv"
        source.touch(0o600)
        source.write_bytes(content)
        roster.take_in(project, name, source, **how)


def _described(project: Project, name: str) -> Any:
    try:
        return open_audience(project, name, roster_needed=False)
    except BroadcasterError:
        return None


def _shown(visit: Visit, name: str) -> dict[str, Any]:
    used = [one.name for one in visit.project.settings.campaigns.values() if name in one.audiences]
    return {
        "name": name,
        "audience": _described(visit.project, name),
        "look": roster.look_through(visit.project, name),
        "used": used,
        "bad": (),
        "found": (),
    }


BadRow = tuple[int, Sequence[str], Sequence[Problem]]


def _bad_rows(content: bytes, problems: Sequence[Problem]) -> list[BadRow]:
    """The rows with mistakes: their number as a spreadsheet shows it, their cells, what is wrong."""
    by_row: dict[int, list[Problem]] = {}
    for one in problems:
        if one.line is not None:
            by_row.setdefault(one.line, []).append(one)
    text = content.decode("utf-8-sig", "replace")
    delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    found: list[BadRow] = []
    for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), start=1):
        if number in by_row and len(found) < ROWS_SHOWN:
            found.append((number, cells, by_row[number]))
    return found
