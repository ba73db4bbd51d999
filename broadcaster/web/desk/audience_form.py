"""Making an audience: what it is for, by what right, and who is on it, if that is known already."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from broadcaster.domain.errors import BroadcasterError
from broadcaster.services.access.permissions import Deed, NotAllowedError
from broadcaster.services.rosters import creating, list_upload
from broadcaster.services.rosters.creating import ARTICLE_6, ARTICLE_9, NewAudience
from broadcaster.services.rosters.list_upload import Refusal
from broadcaster.web.desk import rosters
from broadcaster.web.desk.audiences import sender
from broadcaster.web.desk.forms import ROSTER_BYTES
from broadcaster.web.desk.permissions import needs
from broadcaster.web.desk.request import Visit


@get("/audiences/new", opt=needs(Deed.KEEP_AUDIENCE), sync_to_thread=True)
def form(visit: NamedDependency[Visit]) -> Response[Any]:
    """What is needed for one."""
    creating.refuse_limited(visit.view, visit.who)
    return _page(visit)


@post(
    "/audiences/new",
    opt=needs(Deed.KEEP_AUDIENCE),
    request_max_body_size=ROSTER_BYTES,
    status_code=200,
    sync_to_thread=True,
)
def made(visit: NamedDependency[Visit]) -> Response[Any]:
    """Make it, and take in the roster that came along. One with mistakes leaves it waiting, and says what to mend."""
    fields = ("title", "purpose", "article_6", "article_9", "consent")
    new = NewAudience(**{name: visit.field(name) for name in fields})
    upload = rosters.uploaded(visit)
    try:
        name = creating.establish(visit.project, new, visit.actor(Deed.KEEP_AUDIENCE), with_list=upload is not None)
    except NotAllowedError:
        raise
    except BroadcasterError as error:
        return _page(visit, error)
    if upload is None:
        return visit.go("audiences", name, said="audience-made")
    done = list_upload.take_in(visit.project, name, upload, sender(visit, name))
    if isinstance(done, Refusal):
        return rosters.refused(visit, name, done, "audience-made")
    return rosters.taken(visit, name, done, "audience-made-with-people")


ROUTES = (form, made)


def _page(visit: Visit, error: BroadcasterError | None = None) -> Response[Any]:
    return visit.page(
        "audience-new",
        422 if error else 200,
        error=error,
        article_6=ARTICLE_6,
        article_9=ARTICLE_9,
        makeable=creating.makeable(visit.view, visit.who),
        typed=visit.field,
    )
