"""Polling for inbound texts that the hook missed, so that no STOP is lost.

A hook that was down, or answered 503 because the ledger was locked, is retried once within seconds at best. Texts that
came by the hook are recognised by their keys.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

from broadcaster.domain.delivery.reports import InboundText
from broadcaster.domain.errors import BroadcasterError
from broadcaster.ledger.feedback import polling_cursors
from broadcaster.ledger.recipients import replies
from broadcaster.providers.base import InboundTextProvider
from broadcaster.services.project.project import Project, ProjectView, now
from broadcaster.services.replies import inbound_texts

OVERLAP = timedelta(hours=1)
"""How far each poll reaches back before the last one, for a provider may list a text late."""

FIRST_LOOK_BACK = timedelta(days=1)
"""How far the first poll reaches back."""

LONGEST_LOOK_BACK = timedelta(days=30)
"""How far a poll reaches back at most. Replies are kept for longer, so that repeated ones are recognised."""

_log = logging.getLogger(__name__)


def collect(project: Project) -> int:
    """Fetch the texts since the last poll, and act on them; returns the number of new ones."""
    return sum(_collect_from(project, name, provider) for name, provider in _pollable_providers(project).items())


def _pollable_providers(project: Project) -> Mapping[str, InboundTextProvider]:
    """Providers that can be polled, by name, including those that carry no channel now."""
    at_hand = {provider.name: provider for provider in project.providers.values()}
    return {name: one for name, one in (dict(project.hooks) | at_hand).items() if isinstance(one, InboundTextProvider)}


def _collect_from(project: Project, name: str, provider: InboundTextProvider) -> int:
    began, mark = now(), f"texts-{name}"
    with project.ledger.reading() as conn:
        last = polling_cursors.get(conn, mark)
    since = began - FIRST_LOOK_BACK if last is None else max(last - OVERLAP, began - LONGEST_LOOK_BACK)
    heard = provider.inbound(since)
    new = _new_texts(project, name, heard.texts)
    failed = [text for text in new if not _try_to_receive(project, name, provider, text)]
    if heard.whole and not failed:
        with project.ledger.writing() as conn:
            polling_cursors.save(conn, mark, began)
    return len(new) - len(failed)


def _new_texts(project: ProjectView, name: str, texts: Sequence[InboundText]) -> list[InboundText]:
    with project.ledger.reading() as conn:
        known = replies.find_known_keys(conn, name, [text.key for text in texts])
    return [text for text in texts if text.key not in known]


def _try_to_receive(project: Project, name: str, provider: InboundTextProvider, text: InboundText) -> bool:
    """Store a text; returns whether that succeeded. One that fails must not hold back the STOPs after it."""
    try:
        words = inbound_texts.receive(project, name, text)
    except BroadcasterError as error:
        _log.warning("A text from %s cannot be kept now: %s [%s]", name, error.message, error.code)
        return False
    if words:
        provider.answer_back(text, words)
    return True
