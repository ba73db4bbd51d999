"""The first page: what waits for me, what runs, what comes next, what was sent."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from broadcaster.services.people import Deed
from broadcaster.web.desk.needs import needs
from broadcaster.web.desk.visit import Visit


@get("/", opt=needs(Deed.LOOK), sync_to_thread=True)
def home(visit: NamedDependency[Visit]) -> Response[Any]:
    """The first page."""
    return visit.page("home")


ROUTES = (home,)
