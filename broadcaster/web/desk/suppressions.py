"""Who may be written to: how many may not, what is known of one address, one more, and the word that takes one back;
and those that were struck off for a reason of ours, to be lifted together.
"""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from broadcaster.domain import paging
from broadcaster.domain.errors import BroadcasterError
from broadcaster.services.access.permissions import Deed
from broadcaster.services.recipients import suppression_list, suppression_lookup
from broadcaster.services.recipients.contact_history import Contact
from broadcaster.services.recipients.suppression_list import ReasonError
from broadcaster.services.recipients.suppression_lookup import NothingChosenError
from broadcaster.services.reporting.delivery_record import meaning
from broadcaster.web.desk.permissions import needs
from broadcaster.web.desk.request import Visit


@get("/suppressions", opt=needs(Deed.SUPPRESS), sync_to_thread=True)
def suppressions(visit: NamedDependency[Visit]) -> Response[Any]:
    """How many there are, by reason; whose they are is not listed."""
    return _page(visit)


@post("/suppressions/find", opt=needs(Deed.SUPPRESS), status_code=200, sync_to_thread=True)
def find(visit: NamedDependency[Visit]) -> Response[Any]:
    """What is known of one address. It comes in a form, for addresses do not belong into links."""
    by = visit.actor(Deed.SUPPRESS)
    try:
        return _page(visit, "find", answer=suppression_lookup.look_up(visit.view, visit.field("address"), by))
    except BroadcasterError as error:
        return _page(visit, "find", error)


@post("/suppressions", opt=needs(Deed.SUPPRESS), sync_to_thread=True)
def add(visit: NamedDependency[Visit]) -> Response[Any]:
    """Somebody does not want to be written to."""
    by = visit.actor(Deed.SUPPRESS)
    try:
        is_new = suppression_lookup.note(visit.project, visit.field("address"), visit.field("reason"), by)
    except BroadcasterError as error:
        return _page(visit, "add", error)
    return visit.go("suppressions", said="suppressed" if is_new else "suppressed-before")


@post("/suppressions/lift", opt=needs(Deed.LIFT), sync_to_thread=True)
def lift(visit: NamedDependency[Visit]) -> Response[Any]:
    """Somebody wants to be written to again."""
    by = visit.actor(Deed.LIFT)
    try:
        lifted, known = suppression_lookup.lift(visit.project, visit.field("address"), visit.field("reason"), by)
    except BroadcasterError as error:
        return _page(visit, "lift", error)
    if lifted.standing:
        return visit.go("suppressions", said="lifted-in-part")
    return visit.go("suppressions", said="lifted" if known.may else "lifted-but-chosen")


@get("/suppressions/review", opt=needs(Deed.LIFT), sync_to_thread=True)
def review(visit: NamedDependency[Visit]) -> Response[Any]:
    """Those that were struck off for a reason of ours, shortened, by the page."""
    return _review(visit)


@post("/suppressions/review", opt=needs(Deed.LIFT), sync_to_thread=True)
def lift_reviewed(visit: NamedDependency[Visit]) -> Response[Any]:
    """Lift all of them, or those that are ticked."""
    which = None if visit.field("what") == "all" else visit.fields("which")
    try:
        suppression_lookup.lift_offered(visit.project, which, visit.field("reason"), visit.actor(Deed.LIFT))
    except (NothingChosenError, ReasonError) as error:
        return _review(visit, error)
    return visit.go("suppressions", said="lifted-reviewed")


ROUTES = (suppressions, find, add, lift, review, lift_reviewed)


def _page(
    visit: Visit, form: str = "", error: BroadcasterError | None = None, answer: Contact | None = None
) -> Response[Any]:
    """The page; with what came of a form above it, and with the words that were typed."""
    return visit.page(
        "suppressions",
        422 if error else 200,
        counts=suppression_list.by_reason(visit.view),
        chosen=suppression_list.chosen(visit.view),
        offered=suppression_lookup.how_many_offered(visit.view, visit.who),
        form=form,
        error=error,
        answer=answer,
        meaning=meaning,
        typed={name: visit.field(name) for name in ("address", "reason")},
    )


def _review(visit: Visit, error: BroadcasterError | None = None) -> Response[Any]:
    found = suppression_lookup.offered(visit.view, visit.who)
    return visit.page(
        "suppressions-review",
        422 if error else 200,
        page=paging.page(found, paging.number(visit.asked("page"))),
        whole=len(found),
        ticked=visit.fields("which"),
        masked=suppression_list.masked,
        error=error,
    )
