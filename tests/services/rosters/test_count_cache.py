"""Counts are made once, and anew whenever they would come out differently."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.contact.channels import Channel
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.recipients import preferences
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.project.project import Project
from broadcaster.services.recipients import suppression_list
from broadcaster.services.rosters import count_cache, counting, importing
from broadcaster.services.rosters.count_cache import CountCache
from broadcaster.services.rosters.counting import AudienceCount
from tests.projects import AUDIENCE, person, write_roster
from tests.services.stage import AUDIENCE_YAML, PEOPLE, ROSTER, add, edit

Counted = list[str]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """The audiences that were walked through, each time."""
    walked: Counted = []

    def look_through(project: Project, name: str) -> AudienceCount:
        walked.append(name)
        return counting.count_audience(project, name)

    monkeypatch.setattr(count_cache, "count_audience", look_through)
    return walked


def test_an_audience_is_walked_through_once(folder: Path, counted: Counted) -> None:
    tallies = CountCache()
    with open_project(folder) as project:
        first = tallies.of(project, AUDIENCE)
        assert tallies.of(project, AUDIENCE) is first
        assert tallies.at_hand(project, AUDIENCE) is first
    assert (first.usable, counted) == (6, [AUDIENCE])


def _suppress(project: Project) -> None:
    suppression_list.suppress(
        project, "person1@example.org", "asked", command_line_actor(project.settings, "amina", Permission.SUPPRESS)
    )


def _lift(project: Project) -> None:
    suppression_list.lift(
        project, "person6@example.org", "asked", command_line_actor(project.settings, "wenmei", Permission.LIFT)
    )


def _opt_out(project: Project) -> None:
    with project.ledger.writing() as conn:
        preferences.save(
            conn, blind_address_index(project.keyring, Channel.EMAIL, "person1@example.org"), "none", "door"
        )


def _opt_in(project: Project) -> None:
    with project.ledger.writing() as conn:
        preferences.save(
            conn, blind_address_index(project.keyring, Channel.EMAIL, "person5@example.org"), "email", "door"
        )


def _add_a_row(project: Project) -> None:
    write_roster(project.root, [*PEOPLE, person(7)])


def _rule(project: Project) -> None:
    add(project.root, AUDIENCE_YAML, "where: recipient.borough != 'Brackwell'\n")


@pytest.mark.parametrize("change", [_suppress, _lift, _opt_out, _opt_in, _add_a_row, _rule])
def test_whatever_changes_the_count_is_seen(folder: Path, change: Callable[[Project], None]) -> None:
    tallies = CountCache()
    with open_project(folder) as project:
        by = command_line_actor(project.settings, "amina", Permission.SUPPRESS)
        suppression_list.suppress(project, "person6@example.org", "asked", by)
        with project.ledger.writing() as conn:
            preferences.save(
                conn, blind_address_index(project.keyring, Channel.EMAIL, "person5@example.org"), "none", "door"
            )
        before = tallies.of(project, AUDIENCE).as_json()
        change(project)
        after = tallies.of(project, AUDIENCE).as_json()
        assert after != before
        assert after == counting.count_audience(project, AUDIENCE).as_json()


def test_a_file_of_the_same_length_and_time_is_another_one(folder: Path) -> None:
    """What replaces a roster whole is a new file, however alike it looks."""
    tallies = CountCache()
    with open_project(folder) as project:
        tallies.of(project, AUDIENCE)
        path = folder / ROSTER
        was = path.stat()
        changed = path.with_suffix(".new")
        changed.write_bytes(path.read_bytes().replace(b"person1@example.org", b"person1@exa!ple.org"))
        os.utime(changed, ns=(was.st_atime_ns, was.st_mtime_ns))
        changed.replace(path)
        assert path.stat().st_size == was.st_size
        assert tallies.of(project, AUDIENCE).unusable == 1


def test_a_large_roster_keeps_nobody_waiting(folder: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(count_cache, "COUNT_AT_ONCE_BYTES", 10)
    tallies = CountCache()
    with open_project(folder) as project:
        assert tallies.at_hand(project, AUDIENCE) is None
        assert counted == []
        tallies.of(project, AUDIENCE)
        assert tallies.at_hand(project, AUDIENCE) is not None


def test_what_is_wrong_with_an_audience_is_in_the_answer(folder: Path) -> None:
    edit(folder, AUDIENCE_YAML, "purpose:", "purpos:")
    with open_project(folder) as project:
        look = CountCache().at_hand(project, AUDIENCE)
        described = count_cache.describe_audience(project, AUDIENCE)
    assert look is not None and look.errors
    assert (described.audience, described.changed_at, described.taken_in) == (None, None, None)


def test_a_description_tells_when_it_changed_and_who_took_in_the_roster(folder: Path, tmp_path: Path) -> None:
    given = tmp_path / "list.csv"
    given.write_text("name,email\nAda,ada@example.org\n", "utf-8")
    for file in (AUDIENCE_YAML, ROSTER):
        os.utime(folder / file, (1_000_000, 1_000_000))
    with open_project(folder) as project:
        before = count_cache.describe_audience(project, AUDIENCE)
        by = command_line_actor(project.settings, "amina", Permission.KEEP_AUDIENCE)
        importing.import_audience_roster(project, AUDIENCE, given, by=by)
        after = count_cache.describe_audience(project, AUDIENCE)
    assert before.changed_at is not None and after.changed_at is not None
    assert before.changed_at.timestamp() == 1_000_000
    assert after.changed_at > before.changed_at
    assert before.taken_in is None
    assert after.taken_in is not None
    assert (after.taken_in.entry.by, after.taken_in.entry.detail["removed"]) == ("amina", len(PEOPLE))
