"""Who may be written to: how many may not, what is known of one address, one more, and the word that takes one back;
and those that were struck off for a reason of ours, to be lifted together.
"""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from broadcaster.domain import paging
from broadcaster.domain.errors import BroadcasterError
from broadcaster.services.access.permissions import Permission
from broadcaster.services.recipients import suppression_list, suppression_lookup
from broadcaster.services.recipients.contact_history import Contact
from broadcaster.services.recipients.suppression_list import ReasonError
from broadcaster.services.recipients.suppression_lookup import NothingChosenError
from broadcaster.services.reporting.delivery_record import explain_delivery_reason
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.route_permissions import requires


@get("/suppressions", opt=requires(Permission.SUPPRESS), sync_to_thread=True)
def show_suppressions(visit: NamedDependency[Visit]) -> Response[Any]:
    """How many there are, by reason; whose they are is not listed."""
    return _suppressions_page(visit)


@post("/suppressions/find", opt=requires(Permission.SUPPRESS), status_code=200, sync_to_thread=True)
def find_contact(visit: NamedDependency[Visit]) -> Response[Any]:
    """What is known of one address. It comes in a form, for addresses do not belong into links."""
    by = visit.actor(Permission.SUPPRESS)
    try:
        return _suppressions_page(
            visit, "find", answer=suppression_lookup.look_up_address(visit.view, visit.field("address"), by)
        )
    except BroadcasterError as error:
        return _suppressions_page(visit, "find", error)


@post("/suppressions", opt=requires(Permission.SUPPRESS), sync_to_thread=True)
def post_suppression(visit: NamedDependency[Visit]) -> Response[Any]:
    """Somebody does not want to be written to."""
    by = visit.actor(Permission.SUPPRESS)
    try:
        is_new = suppression_lookup.note_opt_out(visit.project, visit.field("address"), visit.field("reason"), by)
    except BroadcasterError as error:
        return _suppressions_page(visit, "add", error)
    return visit.redirect_to("suppressions", said="suppressed" if is_new else "suppressed-before")


@post("/suppressions/lift", opt=requires(Permission.LIFT), sync_to_thread=True)
def post_lifting(visit: NamedDependency[Visit]) -> Response[Any]:
    """Somebody wants to be written to again."""
    by = visit.actor(Permission.LIFT)
    try:
        lifted, known = suppression_lookup.lift_suppression(
            visit.project, visit.field("address"), visit.field("reason"), by
        )
    except BroadcasterError as error:
        return _suppressions_page(visit, "lift", error)
    if lifted.standing:
        return visit.redirect_to("suppressions", said="lifted-in-part")
    return visit.redirect_to("suppressions", said="lifted" if known.allowed else "lifted-but-chosen")


@get("/suppressions/review", opt=requires(Permission.LIFT), sync_to_thread=True)
def show_suppression_review(visit: NamedDependency[Visit]) -> Response[Any]:
    """Those that were struck off for a reason of ours, shortened, by the page."""
    return _review_page(visit)


@post("/suppressions/review", opt=requires(Permission.LIFT), sync_to_thread=True)
def post_lift_reviewed(visit: NamedDependency[Visit]) -> Response[Any]:
    """Lift all of them, or those that are ticked."""
    which = None if visit.field("what") == "all" else visit.fields("which")
    try:
        suppression_lookup.lift_chosen(visit.project, which, visit.field("reason"), visit.actor(Permission.LIFT))
    except (NothingChosenError, ReasonError) as error:
        return _review_page(visit, error)
    return visit.redirect_to("suppressions", said="lifted-reviewed")


ROUTES = (show_suppressions, find_contact, post_suppression, post_lifting, show_suppression_review, post_lift_reviewed)


def _suppressions_page(
    visit: Visit, form: str = "", error: BroadcasterError | None = None, answer: Contact | None = None
) -> Response[Any]:
    """The page; with what came of a form above it, and with the words that were typed."""
    return visit.page(
        "suppressions",
        422 if error else 200,
        counts=suppression_list.count_by_reason(visit.view),
        chosen=suppression_list.count_preferences(visit.view),
        offered=suppression_lookup.count_liftable(visit.view, visit.who),
        form=form,
        error=error,
        answer=answer,
        meaning=explain_delivery_reason,
        typed={name: visit.field(name) for name in ("address", "reason")},
    )


def _review_page(visit: Visit, error: BroadcasterError | None = None) -> Response[Any]:
    found = suppression_lookup.list_liftable(visit.view, visit.who)
    return visit.page(
        "suppressions-review",
        422 if error else 200,
        page=paging.page_of_list(found, paging.parse_page_number(visit.asked("page"))),
        whole=len(found),
        ticked=visit.fields("which"),
        masked=suppression_list.mask_address,
        error=error,
    )
