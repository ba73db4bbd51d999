"""Texts that were taken and of which nothing was heard since: their provider is asked, for its reports get lost."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from broadcaster.domain.delivery.reports import ReportedEvent
from broadcaster.ledger.feedback import polling_cursors, unreported_texts
from broadcaster.providers.base import StatusProvider
from broadcaster.services.feedback import provider_reports
from broadcaster.services.project.project import Project, now

POLL_AGES = (timedelta(minutes=15), timedelta(hours=2), timedelta(hours=12))
"""How long after it was taken a text is asked after, if it is still open then. Most reports come within seconds; a
telephone that is off may be on after an hour, or in the morning."""

MAX_POLL_AGE = timedelta(days=1)
"""A text that was taken before this is left: Twilio gives up after ten hours, networks after a day or two."""

TEXTS_PER_ROUND = 50
"""Texts of each age that are asked after in one go."""


def poll_open_texts(project: Project) -> int:
    """Ask after the next texts of each age, and keep what is new; how many reports that were.

    Each text has one turn at each age, in the order in which they were taken: a bookmark for each age says how far it
    has come. Where the provider cannot be asked, the bookmark stays.
    """
    moment, told = now(), 0
    for name, provider in _pollable_providers(project).items():
        told += sum(_poll_provider(project, name, provider, age, moment) for age in POLL_AGES)
    if told:
        provider_reports.apply(project)
    return told


def _pollable_providers(project: Project) -> Mapping[str, StatusProvider]:
    at_hand = {provider.name: provider for provider in project.providers.values()}
    return {name: one for name, one in (dict(project.hooks) | at_hand).items() if isinstance(one, StatusProvider)}


def _poll_provider(project: Project, name: str, provider: StatusProvider, age: timedelta, moment: datetime) -> int:
    mark = f"fates-{name}-{age.total_seconds():.0f}"
    with project.ledger.reading() as conn:
        after = max(polling_cursors.get(conn, mark) or moment - MAX_POLL_AGE, moment - MAX_POLL_AGE)
        found = unreported_texts.list_unreported_texts(conn, name, (after, moment - age), TEXTS_PER_ROUND)
    if not found:
        return 0
    told = provider.fates([one.taken for one in found])
    if told is None:
        return 0
    # That it has them says nothing new.
    new = provider_reports.receive(project, name, [one for one in told if one.happened is not ReportedEvent.TAKEN])
    with project.ledger.writing() as conn:
        polling_cursors.save(conn, mark, found[-1].at)
    return new
