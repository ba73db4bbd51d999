"""What can be done while looking at a message: finding somebody's, and sending it to oneself."""

from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from broadcaster.audiences import Recipient
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.receipts import Outcome
from broadcaster.providers.reasons import explain
from broadcaster.services.access.permissions import Deed
from broadcaster.services.previewing import test_send
from broadcaster.services.previewing.preview import find
from broadcaster.services.previewing.preview_cache import Opened
from broadcaster.services.previewing.test_send import Trial
from broadcaster.services.rosters.row_access import NobodyFoundError
from broadcaster.web.desk.drafting import drafting
from broadcaster.web.desk.permissions import needs
from broadcaster.web.desk.preview import look_at
from broadcaster.web.desk.request import Visit


class NotSentError(BroadcasterError):
    """The provider did not take a test."""

    code = "test-not-sent"


@post("/letters/{letter:str}/preview/find", opt=needs(Deed.SEE_PEOPLE))
@drafting
def look_up(letter: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Whoever has this address, or is called like that. It comes in a form: names do not belong into links."""
    look = look_at(visit, letter, visit.field)
    found = _found(look.opened, visit.field("who"))
    if len(found) == 1:
        return visit.go("letters", letter, "preview", **look.asked.fields(row=str(found[0].row)))
    return visit.page("preview-found", asked=look.asked, found=found)


@post("/letters/{letter:str}/preview/test", opt=needs(Deed.TEST))
@drafting
def test(letter: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Send this very email to oneself, marked as a test."""
    look = look_at(visit, letter, visit.field)
    by = visit.actor(Deed.TEST)
    receipt = test_send.send(
        visit.project, look.opened.prospects, look.person, Trial(visit.field("to"), look.language), by
    )
    if receipt.outcome is not Outcome.ACCEPTED:
        why = explain(receipt.code)
        raise NotSentError(f"The test was not sent. {why.why}", remedy=why.remedy)
    return visit.go("letters", letter, "preview", said="tested", **look.asked.fields())


ROUTES = (look_up, test)


def _found(opened: Opened, who: str) -> list[Recipient]:
    """Those who are meant: by row, by exact address, or by a part of their name. Raises NobodyFoundError."""
    if opened.roll is None:
        raise NobodyFoundError("This letter has no audience yet.", remedy="Make an audience first.")
    if who.isdecimal() and len(who) < 9 and opened.roll.holds(int(who)):
        return [opened.roll.row(int(who))]
    # An address may well stand in the name's column too, so names are not asked first.
    try:
        return [find(opened.prospects, who)]
    except NobodyFoundError:
        found = opened.roll.named(who)
        if not found:
            raise
        return found
