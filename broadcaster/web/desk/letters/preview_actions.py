"""What can be done while looking at a message: finding somebody's, and sending it to oneself."""

from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from broadcaster.audiences.addresses.typed_address import TypedAddressError
from broadcaster.audiences.model.recipient import Recipient
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.errors import BroadcasterError
from broadcaster.providers.reasons import explain_code
from broadcaster.services.access.permissions import Actor, Permission
from broadcaster.services.previewing import test_send
from broadcaster.services.previewing.preview import find_recipient
from broadcaster.services.previewing.preview_cache import OpenedLetter
from broadcaster.services.previewing.test_send import SendTestRequest
from broadcaster.services.rosters.roster_rows import RecipientNotFoundError
from broadcaster.web.desk.letters.preview import DeskPreview, preview_page, requested_preview
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.draft_threads import in_draft_threads
from broadcaster.web.desk.routing.route_permissions import requires


class DeskTestNotSentError(BroadcasterError):
    """The provider did not take a test."""

    code = "test-not-sent"


@post("/letters/{letter:str}/preview/find", opt=requires(Permission.SEE_PEOPLE))
@in_draft_threads
def find_recipient_preview(letter: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Whoever has this address, or is called like that. It comes in a form: names do not belong into links."""
    look = requested_preview(visit, letter, visit.field)
    try:
        found = _matching_recipients(look.opened, visit.field("who"))
    except RecipientNotFoundError as error:
        return preview_page(visit, look, error)
    if len(found) == 1:
        return visit.redirect_to("letters", letter, "preview", **look.asked.fields(row=str(found[0].row)))
    return visit.page("preview-found", asked=look.asked, found=found)


@post("/letters/{letter:str}/preview/test", opt=requires(Permission.TEST))
@in_draft_threads
def post_test_message(letter: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Send this very message to oneself, marked as a test."""
    look = requested_preview(visit, letter, visit.field)
    by = visit.actor(Permission.TEST)
    try:
        _send_test(visit, look, by)
    except BroadcasterError as error:
        return preview_page(visit, look, error)
    return visit.redirect_to("letters", letter, "preview", said="tested", **look.asked.fields())


ROUTES = (find_recipient_preview, post_test_message)


def _send_test(visit: Visit, look: DeskPreview, by: Actor) -> None:
    request = SendTestRequest(visit.field("to"), look.language)
    try:
        receipt = test_send.send_to_self(visit.project, look.opened.messages, look.person, request, by)
    except TypedAddressError as error:
        error.field = "to"
        raise
    if receipt.outcome is not Outcome.ACCEPTED:
        why = explain_code(receipt.code)
        raise DeskTestNotSentError(f"The test was not sent. {why.why}", remedy=why.remedy)


def _matching_recipients(opened: OpenedLetter, who: str) -> list[Recipient]:
    """Those who are meant: by row, by exact address, or by a part of their name. Raises NobodyFoundError."""
    if opened.rows is None:
        raise RecipientNotFoundError("This letter has no audience yet.", remedy="Make an audience first.")
    if who.isdecimal() and len(who) < 9 and opened.rows.is_usable(int(who)):
        return [opened.rows.row(int(who))]
    # An address may well stand in the name's column too, so names are not asked first.
    try:
        return [find_recipient(opened.messages, who)]
    except RecipientNotFoundError:
        found = opened.rows.named(who)
        if not found:
            raise
        return found
