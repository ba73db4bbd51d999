"""Reports that name an address alone are given the only delivery that they can be about, or are dropped."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.delivery.reports import AddressReport, Report, ReportedEvent
from broadcaster.services.feedback import provider_reports
from broadcaster.services.feedback.report_matching import match_reports
from broadcaster.services.project.project import Project, now
from broadcaster.services.recipients import suppression_list
from tests.projects import approve, make_project, send_all
from tests.services.stage import sql


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Three people whose messages a provider called sendgrid took."""
    folder = make_project(tmp_path / "project")
    approve(folder)
    send_all(folder)
    sql(folder, "UPDATE deliveries SET provider = 'sendgrid'")
    sql(folder, "UPDATE counters SET provider = 'sendgrid'")
    with open_project(folder) as project:
        yield project


def about(address: str) -> AddressReport:
    return AddressReport(Report("k-1", "", ReportedEvent.BOUNCED, now(), code="address-unknown", strikes=1), address)


def test_the_only_open_delivery_to_the_address(project: Project) -> None:
    [(expected,)] = sql(project.root, "SELECT id FROM deliveries ORDER BY seq LIMIT 1")
    [found] = match_reports(project, "sendgrid", [about("Person0@EXAMPLE.org")])
    assert found.attempt_id == expected
    provider_reports.receive(project, "sendgrid", [found])
    provider_reports.apply(project)
    assert [one.address for one in suppression_list.list_suppressions(project)] == ["person0@example.org"]
    assert "person0" not in str(sql(project.root, "SELECT * FROM reports"))


@pytest.mark.parametrize("address", ["nobody@example.org", "not an address", ""])
def test_whoever_was_not_written_to_has_none(project: Project, address: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    assert match_reports(project, "sendgrid", [about(address)]) == []
    assert "1 reports of sendgrid" in caplog.text
    assert not address or address not in caplog.text


def test_another_providers_delivery_is_none(project: Project) -> None:
    assert match_reports(project, "smtp", [about("person0@example.org")]) == []


def test_what_was_heard_of_is_not_open(project: Project) -> None:
    sql(project.root, "UPDATE deliveries SET state = 'delivered'")
    assert match_reports(project, "sendgrid", [about("person0@example.org")]) == []


def test_of_two_none_is_guessed(project: Project) -> None:
    """Two broadcasts to one address: nobody knows which message came back."""
    for statement in ANOTHER_BROADCAST:
        sql(project.root, statement)
    assert match_reports(project, "sendgrid", [about("person0@example.org")]) == []
    assert len(match_reports(project, "sendgrid", [about("person1@example.org")])) == 1


ANOTHER_BROADCAST = (
    """INSERT INTO occurrences (id, campaign, wall, due_at, state, changed_at)
       SELECT 'other', campaign, '2090-01-01T00:00', due_at, state, changed_at FROM occurrences LIMIT 1""",
    """INSERT INTO broadcasts (id, occurrence, state, letter, approval, channel, if_unsure, runner, released_at)
       SELECT 'other', (SELECT seq FROM occurrences WHERE id = 'other'), state, letter, approval, channel, if_unsure,
       runner, released_at FROM broadcasts LIMIT 1""",
    """INSERT INTO deliveries (id, payload_sealed, broadcast, channel, provider, state, reason, attempts, resent,
       due_at, zone, language, skeleton, blind)
       SELECT 'other', payload_sealed, (SELECT seq FROM broadcasts WHERE id = 'other'), channel, provider, state,
       reason, attempts, resent, due_at, zone, language, skeleton, blind FROM deliveries ORDER BY seq LIMIT 1""",
)
