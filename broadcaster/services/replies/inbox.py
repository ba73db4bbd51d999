"""Replies as one person at the desk may read them: after letters to their audiences, or, unless they work with some
audiences only, any. After which letter a text came is sealed with its words, so each is opened to see whose it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from broadcaster.config import Settings
from broadcaster.ledger import replies
from broadcaster.ledger.replies import Reply
from broadcaster.ledger.unseen_replies import Unseen, unseen
from broadcaster.services.access.permissions import sees
from broadcaster.services.project.project import ProjectView

SHOWN = 25
"""Replies of a page."""

LOOKED_THROUGH = 500
"""Replies that are opened for a page, or to be counted, for somebody who works with some audiences only."""


@dataclass(frozen=True, slots=True)
class Page:
    """Replies, urgent ones first, then the newest; others may come after the one of the id `after`, unless it is ""."""

    replies: Sequence[Reply]
    after: str


def page(project: ProjectView, who: str, before: str = "", *, seen: bool) -> Page:
    """The next replies that this person may read, behind the one of the id `before`; also those `seen`, if wanted."""
    found: list[Reply] = []
    for _ in range(0, LOOKED_THROUGH, SHOWN):
        with project.ledger.reading() as conn:
            chunk = replies.page(conn, before, SHOWN, seen=seen)
        for one in chunk:
            before = one.id
            if theirs(project.settings, who, one):
                found.append(one)
                if len(found) == SHOWN:
                    return Page(found, before)
        if len(chunk) < SHOWN:
            return Page(found, "")
    return Page(found, before)


def find(project: ProjectView, who: str, reply_id: str) -> Reply | None:
    """The reply of an id; None where there is none that this person may read."""
    with project.ledger.reading() as conn:
        found = replies.get(conn, reply_id)
    return found if found is not None and theirs(project.settings, who, found) else None


def waiting(project: ProjectView, who: str) -> Unseen:
    """How many replies this person may read and nobody has looked at; of the first `LOOKED_THROUGH`, the urgent ones
    among them, for somebody who works with some audiences only.
    """
    with project.ledger.reading() as conn:
        if project.settings.people[who].audiences is None:
            return unseen(conn)
        chunk = replies.page(conn, "", LOOKED_THROUGH, seen=False)
    found = [one for one in chunk if theirs(project.settings, who, one)]
    return Unseen(len(found), sum(one.urgent for one in found))


def theirs(settings: Settings, who: str, reply: Reply) -> bool:
    """Whether this person may read a reply."""
    if settings.people[who].audiences is None:
        return True
    campaign = settings.campaigns.get(reply.words.letter.campaign)
    return campaign is not None and sees(settings, who, campaign.audiences)
