"""One of several processes that do the same thing at the same moment."""

from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.sending import due_occurrences
from broadcaster.services.sending.release import AlreadyReleasedError
from broadcaster.services.sending.send_command import SendCommand, release_campaign
from tests.projects import CAMPAIGN
from tests.survival.clocks import at


def tick(folder: Path, moments: list[datetime], barrier: Barrier, answers: Connection) -> None:
    """At each moment look what is due, as `serve` does; answers with the broadcasts it released each time."""
    with open_project(folder) as project, registered_runner(project) as runner:
        for moment in moments:
            with at(moment):
                barrier.wait(200)
                answers.send(due_occurrences.release_due(project, runner.id))


def send(folder: Path, moments: list[datetime], barrier: Barrier, answers: Connection) -> None:
    """At each moment release what is due, as `send` does; answers with the broadcast, or "" when it came too late."""
    with open_project(folder) as project, registered_runner(project) as runner:
        word = SendCommand(command_line_actor(project.settings, "david", Permission.SEND), runner.id)
        for moment in moments:
            with at(moment):
                barrier.wait(200)
                try:
                    answers.send([release_campaign(project, project.campaign(CAMPAIGN), word).id])
                except AlreadyReleasedError:
                    answers.send([])
