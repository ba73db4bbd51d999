"""Rights by role and by audience."""

from pathlib import Path

import pytest

from broadcaster.bootstrap.ledger_only import load_project_settings
from broadcaster.config import Settings
from broadcaster.services.access.permissions import (
    DESK_HOST,
    ROLES_BY_PERMISSION,
    NotAllowedError,
    Permission,
    can_see,
    command_line_actor,
    desk_actor,
    has_permission,
    refuse_wider_access,
)
from tests.projects import AUDIENCE, make_project

LINA = f"people:\n  lina:\n    name: Lina Marsh\n    role: admin\n    audiences: [{AUDIENCE}]\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Everybody of `make_project`, and an admin who works with one audience only."""
    folder = make_project(tmp_path / "project")
    config = folder / "config.yaml"
    config.write_text(config.read_text("utf-8").replace("people:\n", LINA), "utf-8")
    return load_project_settings(folder)


@pytest.mark.parametrize("deed", list(Permission))
def test_every_deed_is_somebodys_and_a_viewer_only_looks(settings: Settings, deed: Permission) -> None:
    assert ROLES_BY_PERMISSION[deed]
    assert has_permission(settings, "priya", deed) == (deed is Permission.LOOK)
    assert has_permission(settings, "wenmei", deed)
    assert not has_permission(settings, "nobody", deed)


def test_who_is_limited_does_not_reach_beyond(settings: Settings) -> None:
    assert can_see(settings, "lina", [AUDIENCE])
    assert not can_see(settings, "lina", [AUDIENCE, "others"])
    assert can_see(settings, "wenmei", [AUDIENCE, "others"])
    command_line_actor(settings, "lina", Permission.APPROVE, [AUDIENCE])
    for who in (command_line_actor, desk_actor):
        with pytest.raises(NotAllowedError):
            who(settings, "lina", Permission.APPROVE, ["others"])


def test_the_log_can_tell_who_signed_in_from_who_said_so(settings: Settings) -> None:
    assert desk_actor(settings, "amina", Permission.SUBMIT).host == DESK_HOST
    said = command_line_actor(settings, "amina", Permission.SUBMIT)
    assert (bool(said.system_user), said.host != DESK_HOST) == (True, True)


def test_nobody_makes_a_link_for_somebody_with_more_audiences(settings: Settings) -> None:
    refuse_wider_access(settings, "wenmei", "lina")
    refuse_wider_access(settings, "lina", "lina")
    with pytest.raises(NotAllowedError):
        refuse_wider_access(settings, "lina", "wenmei")
