"""The inbox: replies that one person at the desk may read.

People who work with some audiences only read replies to letters to these. The letter is sealed with a reply's text, so
each reply is opened to see which letter it answers.
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
"""Replies opened for one page or count, for people who work with some audiences only."""


@dataclass(frozen=True, slots=True)
class InboxPage:
    """A page of replies, urgent ones first, then the newest; more may follow after the id `after`, unless it is ""."""

    replies: Sequence[Reply]
    after: str


def list_readable_replies(project: ProjectView, who: str, before: str = "", *, seen: bool) -> InboxPage:
    """The next page for this person, after the reply with the id `before`; with seen ones, if `seen`."""
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
    """The reply with this id; None if this person may not read it or there is none."""
    with project.ledger.reading() as conn:
        found = replies.get(conn, reply_id)
    return found if found is not None and may_read(project.settings, who, found) else None


def count_unseen(project: ProjectView, who: str) -> UnseenReplies:
    """The number of unseen replies that this person may read, and of urgent ones.

    For people who work with some audiences only, the first `MAX_REPLIES_OPENED` are counted, urgent ones first.
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
