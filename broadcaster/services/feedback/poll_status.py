"""Status polling: the provider is asked about texts that it took and never reported on, for reports get lost."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from broadcaster.domain.delivery.reports import ReportedEvent
from broadcaster.ledger.feedback import polling_cursors, unreported_texts
from broadcaster.providers.base import StatusProvider
from broadcaster.services.feedback import provider_reports
from broadcaster.services.project.project import Project, now

POLL_AGES = (timedelta(minutes=15), timedelta(hours=2), timedelta(hours=12))
"""Ages at which a text without a report is polled. Most reports come within seconds; a telephone that is off may be on
after an hour, or in the morning."""

MAX_POLL_AGE = timedelta(days=1)
"""Older texts are not polled: Twilio gives up after ten hours, networks after a day or two."""

TEXTS_PER_ROUND = 50
"""Texts of each age that are polled in one round."""


def poll_open_texts(project: Project) -> int:
    """Poll the next texts of each age, and apply the new reports; returns their number.

    Each text is polled once at each age, in the order in which the provider took them. A cursor for each age says how
    far the polling has come; it stays where the provider gives no answer.
    """
    moment, new = now(), 0
    for name, provider in _pollable_providers(project).items():
        new += sum(_poll_provider(project, name, provider, age, moment) for age in POLL_AGES)
    if new:
        provider_reports.apply(project)
    return new


def _pollable_providers(project: Project) -> Mapping[str, StatusProvider]:
    by_name = {provider.name: provider for provider in project.providers.values()}
    return {
        name: provider
        for name, provider in (dict(project.hooks) | by_name).items()
        if isinstance(provider, StatusProvider)
    }


def _poll_provider(project: Project, name: str, provider: StatusProvider, age: timedelta, moment: datetime) -> int:
    cursor = f"fates-{name}-{age.total_seconds():.0f}"
    with project.ledger.reading() as conn:
        after = max(polling_cursors.get(conn, cursor) or moment - MAX_POLL_AGE, moment - MAX_POLL_AGE)
        texts = unreported_texts.list_unreported_texts(conn, name, (after, moment - age), TEXTS_PER_ROUND)
    if not texts:
        return 0
    reports = provider.fates([text.taken for text in texts])
    if reports is None:
        return 0
    # We know already that the provider took them.
    news = [report for report in reports if report.happened is not ReportedEvent.TAKEN]
    new = provider_reports.receive(project, name, news)
    with project.ledger.writing() as conn:
        polling_cursors.save(conn, cursor, texts[-1].at)
    return new
