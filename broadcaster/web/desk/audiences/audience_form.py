"""Making an audience: what it is for, by what right, and who is on it, if that is known already."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from broadcaster.domain.errors import BroadcasterError
from broadcaster.services.access.permissions import NotAllowedError, Permission
from broadcaster.services.rosters import creating, deleting, roster_upload
from broadcaster.services.rosters.creating import ARTICLE_6, ARTICLE_9, NewAudience
from broadcaster.services.rosters.roster_upload import UploadRefusal
from broadcaster.web.desk.audiences import roster_transfer
from broadcaster.web.desk.audiences.audience_pages import upload_sender
from broadcaster.web.desk.requests.form_reading import MAX_ROSTER_BYTES
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.route_permissions import requires


@get("/audiences/new", opt=requires(Permission.KEEP_AUDIENCE), sync_to_thread=True)
def show_audience_form(visit: NamedDependency[Visit]) -> Response[Any]:
    """What is needed for one."""
    creating.refuse_unable_to_create(visit.view, visit.who)
    return _form_page(visit)


@post(
    "/audiences/new",
    opt=requires(Permission.KEEP_AUDIENCE),
    request_max_body_size=MAX_ROSTER_BYTES,
    status_code=200,
    sync_to_thread=True,
)
def post_audience(visit: NamedDependency[Visit]) -> Response[Any]:
    """Make it, and take in the roster that came along. One with mistakes leaves it waiting, and says what to mend."""
    fields = ("title", "purpose", "article_6", "article_9", "consent")
    new = NewAudience(**{name: visit.field(name) for name in fields})
    upload = roster_transfer.uploaded_file(visit)
    try:
        name = creating.create_audience(visit.project, new, visit.actor(Permission.KEEP_AUDIENCE))
    except NotAllowedError:
        raise
    except BroadcasterError as error:
        return _form_page(visit, error)
    if upload is None:
        return visit.redirect_to("audiences", name, said="audience-made")
    done = roster_upload.import_upload(visit.project, name, upload, upload_sender(visit, name))
    if isinstance(done, UploadRefusal):
        return roster_transfer.refused_roster_page(visit, name, done, "audience-made")
    return roster_transfer.go_to_audience(visit, name, done, "audience-made-with-people")


@post("/audiences/{name:str}/delete", opt=requires(Permission.KEEP_AUDIENCE), sync_to_thread=True)
def post_deletion(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Delete one that nobody is on."""
    visit.audience(name)
    deleting.delete_audience(visit.project, name, visit.actor(Permission.KEEP_AUDIENCE, name))
    return visit.redirect_to("audiences", said="audience-deleted")


ROUTES = (show_audience_form, post_audience, post_deletion)


def _form_page(visit: Visit, error: BroadcasterError | None = None) -> Response[Any]:
    return visit.page(
        "audience-new",
        422 if error else 200,
        error=error,
        article_6=ARTICLE_6,
        article_9=ARTICLE_9,
        makeable=creating.list_creatable_audiences(visit.view, visit.who),
        typed=visit.field,
    )
