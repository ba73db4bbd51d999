"""Replies as one person at the desk may read them: after letters to their audiences, or, unless they work with some
audiences only, any. After which letter a text came is sealed with its words, so each is opened to see whose it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from broadcaster.config import Settings
from broadcaster.ledger.recipients import replies
from broadcaster.ledger.recipients.replies import Reply
from broadcaster.ledger.recipients.unseen_replies import UnseenReplies, unseen_reply_counts
from broadcaster.services.access.permissions import can_see
from broadcaster.services.project.project import ProjectView

PAGE_SIZE = 25
"""Replies of a page."""

MAX_REPLIES_OPENED = 500
"""Replies that are opened for a page, or to be counted, for somebody who works with some audiences only."""


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Replies, urgent ones first, then the newest; others may come after the one of the id `after`, unless it is ""."""

    replies: Sequence[Reply]
    after: str


def list_readable_replies(project: ProjectView, who: str, before: str = "", *, seen: bool) -> InboxPage:
    """The next replies that this person may read, behind the one of the id `before`; also those `seen`, if wanted."""
    found: list[Reply] = []
    for _ in range(0, MAX_REPLIES_OPENED, PAGE_SIZE):
        with project.ledger.reading() as conn:
            chunk = replies.list_page(conn, before, PAGE_SIZE, seen=seen)
        for one in chunk:
            before = one.id
            if may_read(project.settings, who, one):
                found.append(one)
                if len(found) == PAGE_SIZE:
                    return InboxPage(found, before)
        if len(chunk) < PAGE_SIZE:
            return InboxPage(found, "")
    return InboxPage(found, before)


def find_readable_reply(project: ProjectView, who: str, reply_id: str) -> Reply | None:
    """The reply of an id; None where there is none that this person may read."""
    with project.ledger.reading() as conn:
        found = replies.get(conn, reply_id)
    return found if found is not None and may_read(project.settings, who, found) else None


def count_unseen(project: ProjectView, who: str) -> UnseenReplies:
    """How many replies this person may read and nobody has looked at; of the first `MAX_REPLIES_OPENED`, the urgent
    ones among them, for somebody who works with some audiences only.
    """
    with project.ledger.reading() as conn:
        if project.settings.people[who].audiences is None:
            return unseen_reply_counts(conn)
        chunk = replies.list_page(conn, "", MAX_REPLIES_OPENED, seen=False)
    found = [one for one in chunk if may_read(project.settings, who, one)]
    return UnseenReplies(len(found), sum(one.urgent for one in found))


def may_read(settings: Settings, who: str, reply: Reply) -> bool:
    """Whether this person may read a reply."""
    if settings.people[who].audiences is None:
        return True
    campaign = settings.campaigns.get(reply.words.letter.campaign)
    return campaign is not None and can_see(settings, who, campaign.audiences)
