"""Pause, resume and cancel move a broadcast from the states that allow it, and are written down."""

from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.domain.states import BroadcastState
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.sending import control
from broadcaster.services.sending.control import WrongStateError
from broadcaster.services.sending.send_command import SendCommand, release_campaign
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
    with open_project(folder) as project, registered_runner(project) as runner:
        word = SendCommand(command_line_actor(project.settings, "david", Permission.SEND), runner.id)
        made = release_campaign(project, project.campaign(CAMPAIGN), word)
        sql(folder, "UPDATE broadcasts SET state = ?", state)
        found = broadcast_status.find_broadcast(project, made.id)
        if state in ALLOWED[deed]:
            getattr(control, deed)(project, found)
            assert broadcast_status.find_broadcast(project, made.id).state == ALLOWED[deed][state]
            assert sql(folder, "SELECT action FROM audit ORDER BY seq DESC LIMIT 1") == [(deed,)]
        else:
            with pytest.raises(WrongStateError, match=f"is {state} and cannot be"):
                getattr(control, deed)(project, found)
            assert broadcast_status.find_broadcast(project, made.id).state == state
