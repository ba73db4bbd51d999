"""What is known of one address agrees with who is written to, and with nobody else's idea of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.contact.preferences import Preference
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.ledger.recipients import preferences, suppressions
from broadcaster.ledger.recipients.suppressions import NewSuppression
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.composing.messages import CampaignMessages
from broadcaster.services.project.project import Project
from broadcaster.services.recipients import erasure, suppression_list
from broadcaster.services.recipients.contact_history import Contact, find_contact
from broadcaster.services.reporting.delivery_record import explain_delivery_reason
from tests.projects import CAMPAIGN, make_project, person
from tests.services.stage import AUDIENCE_YAML, edit

ADDRESSES = ["person1@example.org", "+447700900111", "person2@example.org", "person3@example.org", "+447700900333"]
"""The first two are one person's; the third shares the telephone of the first."""

PEOPLE = [
    person(1, phone="07700 900111"),
    person(2, phone="+44 7700 900-111"),
    person(3),
    person(4, email="", phone="+447700900333"),
]


def known(project: Project, address: str) -> Contact:
    return find_contact(project, suppression_list.identify_address(project, address))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project that writes to everybody by both channels."""
    folder = tmp_path_factory.mktemp("both") / "project"
    with open_project(make_project(folder, people=PEOPLE, campaigns={CAMPAIGN: {"channel": "both"}})) as project:
        yield project


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(st.tuples(st.sampled_from(ADDRESSES), st.sampled_from(Preference)), max_size=5),
    barred=st.sets(st.sampled_from(ADDRESSES), max_size=2),
)
def test_it_says_what_a_plan_does(both: Project, said: list[tuple[str, Preference]], barred: set[str]) -> None:
    found = {address: suppression_list.identify_address(both, address) for address in ADDRESSES}
    with both.ledger.writing() as conn:
        for one in found.values():
            preferences.forget(conn, one.blind)
            suppressions.remove(conn, one.blind)
        for address, preference in said:
            preferences.save(conn, found[address].blind, preference.value, "door")
        for address in barred:
            one = found[address]
            suppressions.add(conn, NewSuppression(one.channel, one.blind, address, SuppressionReason.STOP, "tests"))
    campaign = both.campaign(CAMPAIGN)
    assert campaign.when is not None
    written = {one.address for one in CampaignMessages.load(both, campaign, campaign.when).walk()}
    for address in ADDRESSES:
        told = known(both, address)
        assert told.allowed == (address in written)
        if not told.allowed:
            assert told.ways[0].grounds or told.ways[0].chosen, "there is a reason"


def test_of_somebody_erased_no_message_is_told(folder: Path) -> None:
    with open_project(folder) as project:
        erasure.erase_person(
            project,
            "all",
            "person1@example.org",
            "asked",
            command_line_actor(project.settings, "wenmei", Permission.ERASE),
        )
        told = known(project, "person1@example.org")
    assert [ground.reason for ground in told.ways[0].grounds] == [SuppressionReason.ERASED]
    assert (told.allowed, told.sent) == (False, ())


def test_a_roster_that_cannot_be_read_is_named(folder: Path) -> None:
    edit(folder, AUDIENCE_YAML, "purpose:", "purpos:")
    with open_project(folder) as project:
        assert known(project, "person1@example.org").unread == ("neighbours",)


def test_looking_an_address_up_changes_nothing(folder: Path) -> None:
    with open_project(folder) as project:
        with project.ledger.reading() as conn:
            before = list(conn.connection.driver_connection.iterdump())  # type: ignore[union-attr]
        known(project, "person1@example.org")
        known(project, "+447700900111")
        with project.ledger.reading() as conn:
            after = list(conn.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert after == before


@pytest.mark.parametrize("reason", SuppressionReason)
def test_the_record_has_words_for_every_reason(reason: SuppressionReason) -> None:
    unknown = explain_delivery_reason("a-reason-that-nobody-knows").why
    assert explain_delivery_reason(reason).why != unknown
