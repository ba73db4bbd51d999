"""Messages for a provider that config.yaml no longer names: the broadcast is halted until it is named again."""

from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.domain.states import BroadcastState
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.delivering import dispatch
from broadcaster.services.delivering.dispatch import RunOptions
from broadcaster.services.delivering.missing_provider import ProviderGoneError
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.sending import control
from broadcaster.services.sending.send_command import SendCommand, release_campaign
from tests.projects import CAMPAIGN, approve
from tests.services.stage import CONFIG, edit, outbox


def test_it_is_halted_and_told(folder: Path) -> None:
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
