"""Pause, resume and cancel move a broadcast from the states that allow it, and are written down."""

from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.domain.states import BroadcastState
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.sending import control, dispatch
from broadcaster.services.sending.control import WrongStateError
from broadcaster.services.sending.dispatch import RunOptions
from broadcaster.services.sending.missing_provider import ProviderGoneError
from broadcaster.services.sending.send_command import SendCommand, release_campaign
from tests.projects import CAMPAIGN, approve
from tests.services.stage import CONFIG, edit, outbox, sql

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


def test_what_waits_for_a_provider_that_config_no_longer_names_is_halted_and_told(folder: Path) -> None:
    """Nothing would send it, and nobody would be told. Another provider was not approved for it."""
    approve(folder)
    with open_project(folder) as project, registered_runner(project) as runner:
        made = release_campaign(
            project,
            project.campaign(CAMPAIGN),
            SendCommand(command_line_actor(project.settings, "david", Permission.SEND), runner.id),
        )
    config = (folder / CONFIG).read_text("utf-8")
    edit(folder, CONFIG, "email: outbox", "email: smtp\n  smtp: {host: 127.0.0.1}")
    with open_project(folder) as project, registered_runner(project) as runner:
        dispatch.send_broadcast(project, runner.id, made.id, RunOptions())
        found = broadcast_status.find_broadcast(project, made.id)
        assert (found.state, found.halt_code) == (BroadcastState.PAUSED, "provider-gone")
        assert "4 messages by outbox, which config.yaml no longer names" in found.halt_reason
        with pytest.raises(ProviderGoneError):
            control.resume(project, found)
    (folder / CONFIG).write_text(config, "utf-8")
    with open_project(folder) as project, registered_runner(project) as runner:
        control.resume(project, broadcast_status.find_broadcast(project, made.id))
        dispatch.send_broadcast(project, runner.id, made.id, RunOptions())
        assert broadcast_status.find_broadcast(project, made.id).state is BroadcastState.FINISHED
    assert len(outbox(folder)) == 6
