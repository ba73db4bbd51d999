"""Rosters, taken in and given out."""

import io
from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from broadcaster.audiences.importing.import_export import ImportResult
from broadcaster.audiences.importing.list_preparation import ListChoices
from broadcaster.services.access.permissions import Permission
from broadcaster.services.rosters import importing, roster_upload
from broadcaster.services.rosters.roster_upload import UploadRefusal, UploadTerms
from broadcaster.services.rosters.upload_files import Upload
from broadcaster.web.desk.audiences import audience_pages
from broadcaster.web.desk.audiences.audience_pages import upload_sender
from broadcaster.web.desk.rendering.flash_messages import FLASH_MESSAGES
from broadcaster.web.desk.requests.form_reading import MAX_ROSTER_BYTES
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.route_permissions import requires


@post(
    "/audiences/{name:str}/roster",
    opt=requires(Permission.KEEP_AUDIENCE),
    request_max_body_size=MAX_ROSTER_BYTES,
    sync_to_thread=True,
)
def post_roster(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Make a file the roster, if every row of it is good; else show those that are not."""
    done = roster_upload.import_upload(
        visit.project, visit.audience(name), uploaded_file(visit), upload_sender(visit, name)
    )
    return (
        refused_roster_page(visit, name, done) if isinstance(done, UploadRefusal) else go_to_audience(visit, name, done)
    )


@post("/audiences/{name:str}/roster/go-on", opt=requires(Permission.KEEP_AUDIENCE), sync_to_thread=True)
def post_roster_again(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Take in the file that was just refused: with what was asked about it, without the bad rows, or though most go."""
    terms = UploadTerms(visit.field("leave_out") == "yes", visit.field("sure") == "yes", _list_choices(visit))
    done = roster_upload.retry_import(
        visit.project, visit.audience(name), visit.field("token"), terms, upload_sender(visit, name)
    )
    return (
        refused_roster_page(visit, name, done) if isinstance(done, UploadRefusal) else go_to_audience(visit, name, done)
    )


@post("/audiences/{name:str}/export", opt=requires(Permission.SEE_PEOPLE), sync_to_thread=True)
def download_roster(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The roster's usable rows, for a spreadsheet."""
    visit.audience(name)
    target = io.StringIO(newline="")
    importing.export_audience_roster(visit.project, name, target, visit.actor(Permission.SEE_PEOPLE, name))
    return Response(
        target.getvalue().encode(),
        status_code=200,
        media_type="text/csv",
        headers={"content-disposition": f'attachment; filename="{name}.csv"'},
    )


ROUTES = (post_roster, post_roster_again, download_roster)


def uploaded_file(visit: Visit) -> Upload | None:
    """The file of the form; None where none was chosen."""
    sent = visit.form.get("roster")
    return sent if isinstance(sent, Upload) and sent.size else None


def _list_choices(visit: Visit) -> ListChoices:
    """What was said about the list: now, and on the way here."""
    headings, columns, before = (visit.fields(name) for name in ("heading[]", "column[]", "was[]"))
    chosen = {
        heading: column
        for heading, column, was in zip(headings, columns, before, strict=False)
        # What nobody was asked and nobody changed is no choice.
        if column and column != was
    }
    return ListChoices(visit.field("sheet"), chosen, frozenset(filter(None, visit.fields("accept[]"))))


def go_to_audience(visit: Visit, name: str, done: ImportResult, said: str = "taken-in") -> Response[Any]:
    """On to the page of the audience, which tells how the list was read."""
    token = roster_upload.keep_import_report(visit.project, name, done, upload_sender(visit, name))
    return visit.redirect_to("audiences", name, said=said, **({"report": token} if token else {}))


def refused_roster_page(visit: Visit, name: str, refusal: UploadRefusal, said: str = "") -> Response[Any]:
    """The page of the audience, with what is wrong with the file on top of it; `said` is what was done all the same."""
    return visit.page(
        "audience",
        422,
        **(audience_pages.audience_page_values(visit, name) | {"refused": refusal, "done": FLASH_MESSAGES.get(said)}),
    )
