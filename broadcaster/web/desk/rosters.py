"""Rosters, taken in and given out."""

import io
from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from broadcaster.audiences import Imported, ListChoices
from broadcaster.services.access.permissions import Deed
from broadcaster.services.rosters import importing, list_upload
from broadcaster.services.rosters.list_upload import Refusal, Terms
from broadcaster.services.rosters.upload_files import Upload
from broadcaster.web.desk import audiences
from broadcaster.web.desk.audiences import sender
from broadcaster.web.desk.flash import SAID
from broadcaster.web.desk.forms import ROSTER_BYTES
from broadcaster.web.desk.permissions import needs
from broadcaster.web.desk.request import Visit


@post(
    "/audiences/{name:str}/roster",
    opt=needs(Deed.KEEP_AUDIENCE),
    request_max_body_size=ROSTER_BYTES,
    sync_to_thread=True,
)
def take_in(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Make a file the roster, if every row of it is good; else show those that are not."""
    done = list_upload.take_in(visit.project, visit.audience(name), uploaded(visit), sender(visit, name))
    return refused(visit, name, done) if isinstance(done, Refusal) else taken(visit, name, done)


@post("/audiences/{name:str}/roster/go-on", opt=needs(Deed.KEEP_AUDIENCE), sync_to_thread=True)
def go_on(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Take in the file that was just refused: with what was asked about it, without the bad rows, or though most go."""
    terms = Terms(visit.field("leave_out") == "yes", visit.field("sure") == "yes", _choices(visit))
    done = list_upload.go_on(visit.project, visit.audience(name), visit.field("token"), terms, sender(visit, name))
    return refused(visit, name, done) if isinstance(done, Refusal) else taken(visit, name, done)


@post("/audiences/{name:str}/export", opt=needs(Deed.SEE_PEOPLE), sync_to_thread=True)
def give_out(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The roster's usable rows, for a spreadsheet."""
    visit.audience(name)
    target = io.StringIO(newline="")
    importing.give_out(visit.project, name, target, visit.actor(Deed.SEE_PEOPLE, name))
    return Response(
        target.getvalue().encode(),
        status_code=200,
        media_type="text/csv",
        headers={"content-disposition": f'attachment; filename="{name}.csv"'},
    )


ROUTES = (take_in, go_on, give_out)


def uploaded(visit: Visit) -> Upload | None:
    """The file of the form; None where none was chosen."""
    sent = visit.form.get("roster")
    return sent if isinstance(sent, Upload) and sent.size else None


def _choices(visit: Visit) -> ListChoices:
    """What was said about the list: now, and on the way here."""
    headings, columns, before = (visit.fields(name) for name in ("heading[]", "column[]", "was[]"))
    chosen = {
        heading: column
        for heading, column, was in zip(headings, columns, before, strict=False)
        # What nobody was asked and nobody changed is no choice.
        if column and column != was
    }
    return ListChoices(visit.field("sheet"), chosen, frozenset(filter(None, visit.fields("accept[]"))))


def taken(visit: Visit, name: str, done: Imported, said: str = "taken-in") -> Response[Any]:
    """On to the page of the audience, which tells how the list was read."""
    token = list_upload.keep_report(visit.project, name, done, sender(visit, name))
    return visit.go("audiences", name, said=said, **({"report": token} if token else {}))


def refused(visit: Visit, name: str, refusal: Refusal, said: str = "") -> Response[Any]:
    """The page of the audience, with what is wrong with the file on top of it; `said` is what was done all the same."""
    return visit.page("audience", 422, **(audiences.shown(visit, name) | {"refused": refusal, "done": SAID.get(said)}))
