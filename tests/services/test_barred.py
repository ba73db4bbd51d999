"""Who learns what of an address that must not be written to."""

from pathlib import Path

import pytest

from broadcaster.audiences import AddressError
from broadcaster.services import barred, suppress
from broadcaster.services.barred import NotTheirsError
from broadcaster.services.people import Actor, Deed, actor
from broadcaster.services.project import Project
from broadcaster.services.suppress import NotSuppressedError
from broadcaster.wiring import open_project
from tests.projects import AUDIENCE
from tests.services.stage import AUDIENCE_YAML, CONFIG, edit

THEIRS, FOREIGN = "PERSON1@example.org", "stranger@example.org"


def by(project: Project, who: str = "amina", deed: Deed = Deed.SUPPRESS) -> Actor:
    return actor(project.settings, who, deed)


def limited(folder: Path, *audiences: str) -> None:
    """Let everybody of these tests work with these audiences only."""
    for who in ("amina", "wenmei"):
        edit(folder, CONFIG, f"  {who}:\n", f"  {who}:\n    audiences: [{', '.join(audiences)}]\n")


def both_suppressed(folder: Path) -> None:
    with open_project(folder) as project:
        for address in (THEIRS, FOREIGN):
            suppress.suppress(project, address, "asked at the fair", by(project))


def test_whoever_works_with_all_is_told_of_any_address(folder: Path) -> None:
    both_suppressed(folder)
    with open_project(folder) as project:
        for address in (THEIRS, FOREIGN):
            known = barred.look_up(project, address, by(project))
            (ground,) = known.ways[0].grounds
            assert (known.may, ground.reason, ground.note, ground.by) == (
                False,
                "by-hand",
                "asked at the fair",
                "amina",
            )
        assert barred.look_up(project, "person2@example.org", by(project)).may
        assert not barred.note(project, FOREIGN, "asked again", by(project))
        with pytest.raises(AddressError):
            barred.look_up(project, "nobody", by(project))


def test_others_are_told_of_those_on_their_audiences(folder: Path) -> None:
    both_suppressed(folder)
    limited(folder, AUDIENCE, "not-there-yet")
    with open_project(folder) as project:
        assert not barred.look_up(project, THEIRS, by(project)).may
        assert barred.look_up(project, "07700 900222", by(project)).may
        assert not barred.note(project, THEIRS, "asked again", by(project))
        for address in (FOREIGN, "another@example.org"):
            with pytest.raises(NotTheirsError):
                barred.look_up(project, address, by(project))


def test_they_note_a_no_for_any_address_and_learn_nothing_by_it(folder: Path) -> None:
    both_suppressed(folder)
    limited(folder, AUDIENCE)
    with open_project(folder) as project:
        assert barred.note(project, FOREIGN, "asked again", by(project))
        assert barred.note(project, "another@example.org", "asked", by(project))
        assert suppress.by_reason(project) == {"by-hand": 3}


def test_they_lift_none_but_of_their_own_people(folder: Path) -> None:
    both_suppressed(folder)
    limited(folder, AUDIENCE)
    with open_project(folder) as project:
        admin = by(project, "wenmei", Deed.LIFT)
        for address in (FOREIGN, "another@example.org"):
            with pytest.raises(NotTheirsError):
                barred.lift(project, address, "asked", admin)
        with pytest.raises(NotSuppressedError):
            barred.lift(project, "person2@example.org", "asked", admin)
        lifted, known = barred.lift(project, THEIRS, "asked", admin)
        assert (lifted.reasons, known.may) == (("by-hand",), True)
        assert suppress.by_reason(project) == {"by-hand": 1}


def test_an_audience_that_cannot_be_read_is_nobodys_answer(folder: Path) -> None:
    both_suppressed(folder)
    limited(folder, AUDIENCE)
    edit(folder, AUDIENCE_YAML, "purpose:", "purpos:")
    with open_project(folder) as project, pytest.raises(NotTheirsError):
        barred.look_up(project, THEIRS, by(project))
