"""Who learns what of an address that must not be written to."""

from pathlib import Path

import pytest

from broadcaster.audiences.addresses.typed_address import TypedAddressError
from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.access.permissions import Actor, Permission, command_line_actor
from broadcaster.services.project.project import Project
from broadcaster.services.recipients import suppression_list, suppression_lookup
from broadcaster.services.recipients.suppression_list import NotSuppressedError
from broadcaster.services.recipients.suppression_lookup import AddressElsewhereError
from tests.projects import AUDIENCE
from tests.services.stage import AUDIENCE_YAML, CONFIG, edit

THEIRS, FOREIGN = "PERSON1@example.org", "stranger@example.org"


def by(project: Project, who: str = "amina", deed: Permission = Permission.SUPPRESS) -> Actor:
    return command_line_actor(project.settings, who, deed)


def limited(folder: Path, *audiences: str) -> None:
    """Let everybody of these tests work with these audiences only."""
    for who in ("amina", "wenmei"):
        edit(folder, CONFIG, f"  {who}:\n", f"  {who}:\n    audiences: [{', '.join(audiences)}]\n")


def both_suppressed(folder: Path) -> None:
    with open_project(folder) as project:
        for address in (THEIRS, FOREIGN):
            suppression_list.suppress(project, address, "asked at the fair", by(project))


def test_whoever_works_with_all_is_told_of_any_address(folder: Path) -> None:
    both_suppressed(folder)
    with open_project(folder) as project:
        for address in (THEIRS, FOREIGN):
            known = suppression_lookup.look_up_address(project, address, by(project))
            (ground,) = known.ways[0].grounds
            assert (known.allowed, ground.reason, ground.note, ground.by) == (
                False,
                "by-hand",
                "asked at the fair",
                "amina",
            )
        assert suppression_lookup.look_up_address(project, "person2@example.org", by(project)).allowed
        assert not suppression_lookup.note_opt_out(project, FOREIGN, "asked again", by(project))
        with pytest.raises(TypedAddressError):
            suppression_lookup.look_up_address(project, "nobody", by(project))


def test_others_are_told_of_those_on_their_audiences(folder: Path) -> None:
    both_suppressed(folder)
    limited(folder, AUDIENCE, "not-there-yet")
    with open_project(folder) as project:
        assert not suppression_lookup.look_up_address(project, THEIRS, by(project)).allowed
        assert suppression_lookup.look_up_address(project, "07700 900222", by(project)).allowed
        assert not suppression_lookup.note_opt_out(project, THEIRS, "asked again", by(project))
        for address in (FOREIGN, "another@example.org"):
            with pytest.raises(AddressElsewhereError):
                suppression_lookup.look_up_address(project, address, by(project))


def test_they_note_a_no_for_any_address_and_learn_nothing_by_it(folder: Path) -> None:
    both_suppressed(folder)
    limited(folder, AUDIENCE)
    with open_project(folder) as project:
        assert suppression_lookup.note_opt_out(project, FOREIGN, "asked again", by(project))
        assert suppression_lookup.note_opt_out(project, "another@example.org", "asked", by(project))
        assert suppression_list.count_by_reason(project) == {"by-hand": 3}


def test_they_lift_none_but_of_their_own_people(folder: Path) -> None:
    both_suppressed(folder)
    limited(folder, AUDIENCE)
    with open_project(folder) as project:
        admin = by(project, "wenmei", Permission.LIFT)
        for address in (FOREIGN, "another@example.org"):
            with pytest.raises(AddressElsewhereError):
                suppression_lookup.lift_suppression(project, address, "asked", admin)
        with pytest.raises(NotSuppressedError):
            suppression_lookup.lift_suppression(project, "person2@example.org", "asked", admin)
        lifted, known = suppression_lookup.lift_suppression(project, THEIRS, "asked", admin)
        assert (lifted.reasons, known.allowed) == (("by-hand",), True)
        assert suppression_list.count_by_reason(project) == {"by-hand": 1}


def test_an_audience_that_cannot_be_read_is_nobodys_answer(folder: Path) -> None:
    both_suppressed(folder)
    limited(folder, AUDIENCE)
    edit(folder, AUDIENCE_YAML, "purpose:", "purpos:")
    with open_project(folder) as project, pytest.raises(AddressElsewhereError):
        suppression_lookup.look_up_address(project, THEIRS, by(project))
