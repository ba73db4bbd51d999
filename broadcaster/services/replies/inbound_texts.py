"""Texts that people send us: stored, acted on, answered, shown to staff.

One transaction stores a text and makes all its changes, so that a repeated text changes nothing. A STOP holds from the
next batch on, for a claim reads the suppressions.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from broadcaster.domain.contact.addresses import is_e164
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.preferences import permits_channel
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.delivery.reports import InboundText, Keyword
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.inbound import distress, keywords
from broadcaster.domain.text.cleaning import clean_text
from broadcaster.domain.text.folding import LONGEST_TEXT
from broadcaster.keys import new_id
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger import Connection, WriteConnection
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.recipients import preferences, replies, suppressions
from broadcaster.ledger.recipients.replies import AnsweredReply, NewReply, Reply, ReplyContent
from broadcaster.ledger.recipients.suppressions import NewSuppression
from broadcaster.services.access.permissions import Actor
from broadcaster.services.composing.auto_replies import AutoReply, auto_reply_text, reply_signature
from broadcaster.services.project.project import Project, ProjectView, now

__all__ = ["Reply", "forget_old", "list_replies", "mark_seen", "receive"]

KEPT_FOR = timedelta(days=90)
"""How long replies are kept."""

DAY = timedelta(days=1)
ANSWERS_PER_DAY = {Keyword.STOP: 1, Keyword.START: 3, Keyword.HELP: 3, Keyword.OTHER: 1}
"""Answers that one number gets in a day, by keyword. A STOP or START that changes something is always confirmed."""
ANSWERED_WITHIN = timedelta(hours=1)
"""A text that is found later than this is acted on and not answered, for an answer would no longer be expected."""
URGENT_ANSWERS_PER_DAY = 3
"""Answers to urgent texts that one number gets in a day: each says again whom to call."""
MAX_ANSWERS_PER_DAY = 10
"""All answers of a day, confirmations included, so that two machines do not answer each other forever. Further texts
are still acted on."""

SHORTEST_ID_PREFIX = 4


class ReplyUnknownError(BroadcasterError):
    """No reply has this id, or several ids begin with it."""

    code = "reply-unknown"
    default_remedy = "`broadcaster replies --all` lists the ids there are."


@dataclass(frozen=True, slots=True)
class TextOutcome:
    """The result of a text.

    `changed` says whether a suppression was added or lifted, `settled` whether what the keyword asks for holds now.
    """

    keyword: Keyword
    answer: AutoReply
    changed: bool = False
    settled: bool = False


def receive(project: Project, provider: str, text: InboundText) -> str:
    """Store a text, do what it asks for, and return the answer; "" for none.

    There is no answer if the provider `handled` the text, if it is repeated or was found late, if its sender is no
    telephone number (a short code or a word), or if this number had enough answers today.
    """
    moment = now()
    sender, body = clean_text(text.sender), text.body[:LONGEST_TEXT]
    asked = text.handled or keywords.read_keyword(body)
    urgent = distress.is_urgent(body)
    blind = blind_address_index(project.keyring, Channel.SMS, sender)
    with project.ledger.writing() as conn:
        letter = replies.get_last_letter(conn, blind)
        words = ReplyContent(sender, text.recipient, body, letter)
        new = NewReply(new_id(), provider, text.key, blind, words, asked, urgent, min(text.at, moment))
        if not replies.store(conn, new):
            return ""
        if not is_e164(sender):
            return ""
        done = _act_on_text(conn, new)
        if done.keyword is not asked:
            replies.set_keyword(conn, new.id, done.keyword)
        if done.settled and not urgent and keywords.read_keyword(body) is asked:
            replies.set_seen(conn, new.id, provider)  # nothing is left for staff to do
        today = replies.list_answered_since(conn, blind, moment - DAY)
        late = moment - new.received_at > ANSWERED_WITHIN
        if text.handled is not None or late or not _may_answer(done, AnsweredReply(done.keyword, urgent), today):
            return ""
        replies.set_answered(conn, new.id, moment)
    language = letter.language or project.settings.organisation.language
    return auto_reply_text(
        reply_signature(project.settings, project.wall_now().date(), language), done.answer, language
    )


def list_replies(project: ProjectView, *, seen: bool = False) -> list[Reply]:
    """Replies, urgent ones first, then the newest; with those already seen, if `seen`."""
    with project.ledger.reading() as conn:
        return replies.list_replies(conn, seen=seen)


def mark_seen(project: Project, wanted: Sequence[str], by: Actor) -> int:
    """Mark replies as seen, by their ids or the beginnings of these; returns how many were unseen.

    Raises `ReplyUnknownError`; then none is marked.
    """
    with project.ledger.writing() as conn:
        return sum(replies.set_seen(conn, _complete_id(conn, one), by.name) for one in wanted)


def find_reply_id(project: Project, wanted: str) -> str:
    """The id of the reply whose id is, or begins with, `wanted`. Raises `ReplyUnknownError`."""
    with project.ledger.reading() as conn:
        return _complete_id(conn, wanted)


def forget_old(project: Project) -> None:
    """Delete replies older than `KEPT_FOR`."""
    with project.ledger.writing() as conn:
        replies.remove_before(conn, now() - KEPT_FOR)


def _act_on_text(conn: WriteConnection, new: NewReply) -> TextOutcome:
    if new.keyword is Keyword.STOP:
        return TextOutcome(Keyword.STOP, AutoReply.STOPPED, changed=_suppress_sender(conn, new), settled=True)
    if new.keyword is Keyword.START:
        lifted = _lift_stop(conn, new)
        if _are_texts_off(conn, new.blind):
            return TextOutcome(Keyword.START, AutoReply.STILL_OFF, changed=lifted)
        if lifted:
            return TextOutcome(Keyword.START, AutoReply.STARTED, changed=True, settled=True)
        # Nothing was stopped: the word answers something else, or comes from a machine.
        return TextOutcome(Keyword.OTHER, AutoReply.OTHER)
    return TextOutcome(new.keyword, AutoReply.HELP if new.keyword is Keyword.HELP else AutoReply.OTHER)


def _suppress_sender(conn: WriteConnection, new: NewReply) -> bool:
    number = new.words.sender
    is_new = suppressions.add(
        conn, NewSuppression(Channel.SMS, new.blind, number, SuppressionReason.STOP, new.provider)
    )
    if is_new:
        _write_audit_entry(conn, new, "suppress")
    return is_new


def _lift_stop(conn: WriteConnection, new: NewReply) -> bool:
    if replies.has_stopped_after(conn, new.blind, new.received_at):
        return False  # it was found late, and they have chosen otherwise since
    known = suppressions.get(conn, new.blind)
    # An erased person's reasons are kept without the address; a text does not undo that.
    if known is None or not known.address or not suppressions.remove_reason(conn, new.blind, SuppressionReason.STOP):
        return False
    _write_audit_entry(conn, new, "unsuppress")
    return True


def _are_texts_off(conn: Connection, number: bytes) -> bool:
    """Whether texts to a number are off, by a suppression or a preference of either address of its owner."""
    owned = {Channel.SMS: number, Channel.EMAIL: replies.find_sibling_address(conn, number)}
    chosen = preferences.find_chosen(conn, [blind for blind in owned.values() if blind])
    wishes = {channel: chosen[blind] for channel, blind in owned.items() if blind in chosen}
    return number in suppressions.find_suppressed(conn, [number]) or not permits_channel(wishes, Channel.SMS)


def _may_answer(done: TextOutcome, text: AnsweredReply, today: Sequence[AnsweredReply]) -> bool:
    if len(today) >= MAX_ANSWERS_PER_DAY:
        return False
    if done.changed:
        return True
    if text.urgent:
        return Counter(today)[text] < URGENT_ANSWERS_PER_DAY
    return Counter(one.keyword for one in today)[text.keyword] < ANSWERS_PER_DAY[text.keyword]


def _complete_id(conn: Connection, wanted: str) -> str:
    found = replies.list_ids_by_prefix(conn, wanted) if len(wanted) >= SHORTEST_ID_PREFIX else []
    if len(found) > 1:
        raise ReplyUnknownError(f"{len(found)} replies have an id that begins with {wanted}.")
    if not found:
        raise ReplyUnknownError("There is no reply of that id.")
    return found[0]


def _write_audit_entry(conn: WriteConnection, new: NewReply, action: str) -> None:
    detail = {"channel": Channel.SMS.value, "address": new.blind.hex()[:12], "reason": "asked by text"}
    audit.record_automatic(conn, new.provider, action, "suppressions", **detail)
