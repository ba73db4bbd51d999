"""Who would get what: each person once, by the way that suits them, and everybody else counted with a reason."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.exclusion_reasons import ExclusionReason
from broadcaster.domain.local_time import walltime
from broadcaster.domain.problems import Problem
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.recipients import preferences, suppressions
from broadcaster.ledger.recipients.suppressions import NewSuppression
from broadcaster.services.composing.messages import CampaignMessages, PlannedMessage, RowExclusion
from broadcaster.services.project.project import Project
from tests.projects import CAMPAIGN, person, write_roster, write_yaml
from tests.services.stage import AR, AUDIENCE_YAML, CONFIG, EN, ROSTER, add, edit, write

WALL = walltime.parse("2026-12-01T09:00")


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    with open_project(folder) as opened:
        yield opened


def walked(folder: Path) -> tuple[list[tuple[str, str, str]], dict[str, int]]:
    """(channel, address, language) of each message, and how many were left out for which reason."""
    with open_project(folder) as project:
        messages = CampaignMessages.load(project, project.campaign(CAMPAIGN), WALL)
        walk = messages.walk()
        found = [(message.channel.value, message.address, message.language) for message in walk]
    return found, dict(walk.result().excluded)


def test_by_the_way_that_each_prefers_or_has(folder: Path) -> None:
    found, excluded = walked(folder)
    assert found == [
        ("email", "person1@example.org", "en"),
        ("email", "person2@example.org", "ar"),
        ("sms", "+447700900222", "en"),
        ("sms", "+447700900333", "ar"),
        ("email", "person5@example.org", "en"),
        ("email", "person6@example.org", "en"),
    ]
    assert excluded == {}


@pytest.mark.parametrize(
    ("channel", "emails", "texts", "excluded"),
    [("both", 5, 3, {}), ("email", 5, 0, {"no-address": 1}), ("sms", 0, 3, {"no-address": 3})],
)
def test_by_a_fixed_channel(folder: Path, channel: str, emails: int, texts: int, excluded: dict[str, int]) -> None:
    edit(folder, CONFIG, "channel: preferred", f"channel: {channel}")
    found, left_out = walked(folder)
    assert [sum(one[0] == way for one in found) for way in ("email", "sms")] == [emails, texts]
    assert left_out == excluded


def test_nobody_twice_whatever_the_spelling_and_the_audience(folder: Path) -> None:
    rows = [person(1), person(2, email="PERSON1@Example.org"), person(3, email="", phone="07700 900222")]
    write_roster(folder, rows)
    write(folder, {"audiences/others.csv": "name,phone,borough\nCora,+44 7700 900222,X\nNew,07700900999,X\n"})
    write_yaml(folder / "audiences/others.yaml", {"name": "O", "purpose": "p", "lawful_basis": {"article_6": "x"}})
    edit(folder, CONFIG, "audience: neighbours", "audience: [neighbours, others]")
    found, excluded = walked(folder)
    assert [address for _, address, _ in found] == ["person1@example.org", "+447700900222", "+447700900999"]
    assert excluded == {"duplicate": 2}


def test_what_people_chose_wins_over_the_roster(folder: Path, project: Project) -> None:
    def chose(channel: Channel, address: str, preference: str) -> None:
        with project.ledger.writing() as conn:
            preferences.save(conn, blind_address_index(project.keyring, channel, address), preference, "test")

    chose(Channel.EMAIL, "person1@example.org", "none")
    chose(Channel.SMS, "+447700900111", "sms")
    chose(Channel.SMS, "+447700900333", "email")
    found, excluded = walked(folder)
    assert ("sms", "+447700900111", "ar") in found
    assert ("email", "person4@example.org", "ar") in found
    assert excluded == {"opted-out": 1}


def test_suppressed_addresses_are_left_out_one_by_one(folder: Path, project: Project) -> None:
    edit(folder, CONFIG, "channel: preferred", "channel: both")
    with project.ledger.writing() as conn:
        blind = blind_address_index(project.keyring, Channel.SMS, "+447700900111")
        suppressions.add(conn, NewSuppression(Channel.SMS, blind, "+447700900111", SuppressionReason.STOP, "them"))
    found, excluded = walked(folder)
    assert ("email", "person2@example.org", "ar") in found
    assert not any(address == "+447700900111" for _, address, _ in found)
    assert excluded == {"suppressed": 1}


def test_where_selects(folder: Path) -> None:
    add(folder, AUDIENCE_YAML, "where: recipient.borough == 'Ashmere' and recipient.language != 'ar'\n")
    found, excluded = walked(folder)
    assert len(found) == 3
    assert excluded == {"not-selected": 3}


def test_an_incomplete_letter_leaves_out_that_person_with_row_and_place(folder: Path) -> None:
    write_roster(folder, [person(1), person(2, borough="")])
    with open_project(folder) as project:
        messages = CampaignMessages.load(project, project.campaign(CAMPAIGN), WALL)
        walk = messages.walk()
        assert len(list(walk)) == 1
    result = walk.result()
    (problem,) = result.problems
    assert (problem.code, problem.file, problem.line) == ("empty-value", "audiences/neighbours.csv", 3)
    assert "templates/greeting/en.md:5" in problem.message
    assert (result.errors, result.excluded) == (1, {"letter-incomplete": 1})


def test_a_part_that_the_letter_lacks_is_told_once(folder: Path) -> None:
    for path in (EN, AR):
        write(folder, {path: (folder / path).read_text("utf-8").partition("{% block sms %}")[0]})
    write_roster(folder, [person(1), *(person(n, email="", phone=f"+44770090020{n}") for n in range(2, 6))])
    with open_project(folder) as project:
        messages = CampaignMessages.load(project, project.campaign(CAMPAIGN), WALL)
        walk = messages.walk()
        assert len(list(walk)) == 1
    result = walk.result()
    assert [problem.code for problem in result.blocking] == ["missing-part"]
    assert result.excluded["letter-incomplete"] == 4


@pytest.mark.parametrize("taken", range(7))
def test_a_walk_that_is_broken_off_has_no_result(project: Project, taken: int) -> None:
    walk = CampaignMessages.load(project, project.campaign(CAMPAIGN), WALL).walk()
    with pytest.raises(RuntimeError, match="not reached its end"):
        walk.result()
    taking = iter(walk)
    assert len(list(islice(taking, taken))) == taken
    with pytest.raises(RuntimeError, match="not reached its end"):
        walk.result()
    assert len(list(taking)) == 6 - taken
    assert walk.result().errors == 0


def test_nor_has_a_walk_that_an_error_breaks_off(project: Project) -> None:
    def fail_at_the_fourth(message: PlannedMessage) -> None:
        if message.recipient.row == 5:
            raise BroadcasterError("The fourth person.")

    walk = CampaignMessages.load(project, project.campaign(CAMPAIGN), WALL).walk(fail_at_the_fourth)
    with pytest.raises(BroadcasterError):
        list(walk)
    with pytest.raises(RuntimeError, match="not reached its end"):
        walk.result()


def test_a_walk_is_walked_once_and_another_finds_the_same(project: Project) -> None:
    messages = CampaignMessages.load(project, project.campaign(CAMPAIGN), WALL)
    first, second = messages.walk(), messages.walk()
    assert [one.address for one in first] == [one.address for one in second]
    with pytest.raises(RuntimeError, match="begun before"):
        iter(first)
    hexes = [{name: one.hex() for name, one in walk.result().fingerprints.items()} for walk in (first, second)]
    assert hexes[0] == hexes[1]
    assert replace(first.result(), fingerprints={}) == replace(second.result(), fingerprints={})


def test_a_stage_leaves_out_whom_it_excludes(folder: Path, project: Project) -> None:
    write_roster(folder, [person(1), person(2), person(3)])
    problem = Problem.error("too-odd", "for this person it is odd", "Look at it.", file=ROSTER, line=3)

    def exclude_the_second(message: PlannedMessage) -> RowExclusion | None:
        return RowExclusion(ExclusionReason.MESSAGE_TOO_LONG, problem) if message.recipient.row == 3 else None

    walk = CampaignMessages.load(project, project.campaign(CAMPAIGN), WALL).walk(exclude_the_second)
    assert [message.recipient.row for message in walk] == [2, 4]
    result = walk.result()
    assert (result.problems, result.errors, result.blocking) == ((problem,), 1, ())
    assert result.excluded == {"message-too-long": 1}
