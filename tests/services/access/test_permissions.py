"""Rights by role and by audience."""

from pathlib import Path

import pytest

from broadcaster.bootstrap.ledger_only import settings_of
from broadcaster.config import Settings
from broadcaster.services.access.permissions import (
    DESK,
    RIGHTS,
    Deed,
    NotAllowedError,
    actor,
    may,
    refuse_wider,
    sees,
    signed_in,
)
from tests.projects import AUDIENCE, make_project

LINA = f"people:\n  lina:\n    name: Lina Marsh\n    role: admin\n    audiences: [{AUDIENCE}]\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Everybody of `make_project`, and an admin who works with one audience only."""
    folder = make_project(tmp_path / "project")
    config = folder / "config.yaml"
    config.write_text(config.read_text("utf-8").replace("people:\n", LINA), "utf-8")
    return settings_of(folder)


@pytest.mark.parametrize("deed", list(Deed))
def test_every_deed_is_somebodys_and_a_viewer_only_looks(settings: Settings, deed: Deed) -> None:
    assert RIGHTS[deed]
    assert may(settings, "priya", deed) == (deed is Deed.LOOK)
    assert may(settings, "wenmei", deed)
    assert not may(settings, "nobody", deed)


def test_who_is_limited_does_not_reach_beyond(settings: Settings) -> None:
    assert sees(settings, "lina", [AUDIENCE])
    assert not sees(settings, "lina", [AUDIENCE, "others"])
    assert sees(settings, "wenmei", [AUDIENCE, "others"])
    actor(settings, "lina", Deed.APPROVE, [AUDIENCE])
    for who in (actor, signed_in):
        with pytest.raises(NotAllowedError):
            who(settings, "lina", Deed.APPROVE, ["others"])


def test_the_log_can_tell_who_signed_in_from_who_said_so(settings: Settings) -> None:
    assert signed_in(settings, "amina", Deed.SUBMIT).host == DESK
    said = actor(settings, "amina", Deed.SUBMIT)
    assert (bool(said.system_user), said.host != DESK) == (True, True)


def test_nobody_makes_a_link_for_somebody_with_more_audiences(settings: Settings) -> None:
    refuse_wider(settings, "wenmei", "lina")
    refuse_wider(settings, "lina", "lina")
    with pytest.raises(NotAllowedError):
        refuse_wider(settings, "lina", "wenmei")
