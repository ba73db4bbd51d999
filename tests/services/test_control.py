"""Pause, resume and cancel move a broadcast from the states that allow it, and are written down."""

from pathlib import Path

import pytest

from broadcaster.domain.states import BroadcastState
from broadcaster.services import control, status
from broadcaster.services.control import WrongStateError
from broadcaster.services.people import Deed, actor
from broadcaster.services.send import Word, release_due
from broadcaster.wiring import open_project, running
from tests.projects import CAMPAIGN, approve
from tests.services.stage import sql

ALLOWED = {
    "pause": {"sending": "paused"},
    "resume": {"paused": "sending"},
    "cancel": {"sending": "cancelled", "paused": "cancelled", "cancelled": "cancelled"},
}


@pytest.mark.parametrize("state", [state.value for state in BroadcastState])
@pytest.mark.parametrize("deed", ALLOWED)
def test_each_deed_in_each_state(folder: Path, deed: str, state: str) -> None:
    approve(folder)
    with open_project(folder) as project, running(project) as runner:
        word = Word(actor(project.settings, "david", Deed.SEND), runner.id)
        made = release_due(project, project.campaign(CAMPAIGN), word)
        sql(folder, "UPDATE broadcasts SET state = ?", state)
        found = status.find(project, made.id)
        if state in ALLOWED[deed]:
            getattr(control, deed)(project, found)
            assert status.find(project, made.id).state == ALLOWED[deed][state]
            assert sql(folder, "SELECT action FROM audit ORDER BY seq DESC LIMIT 1") == [(deed,)]
        else:
            with pytest.raises(WrongStateError, match=f"is {state} and cannot be"):
                getattr(control, deed)(project, found)
            assert status.find(project, made.id).state == state
