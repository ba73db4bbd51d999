"""The `demo` command: the starter campaigns, approved by two people and sent into a folder within seconds."""

import shutil
import socket
import sys
import threading
import time
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer

from broadcaster.bootstrap.wiring import open_project
from broadcaster.cli.app import JsonOption, app, project_folder
from broadcaster.cli.broadcasts.status import show_status, show_status_json
from broadcaster.cli.common import output
from broadcaster.cli.common.stop_signals import stop_on_signals
from broadcaster.cli.operations.invite import demo_sign_in_links
from broadcaster.cli.operations.serve import run_server
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import BroadcastState
from broadcaster.engine import WakeSignal
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.approving import decisions
from broadcaster.services.project.project import Project, now
from broadcaster.services.replies import demo_replies
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.reporting.progress import DeliveryCounts, summarise_states
from broadcaster.services.sending import housekeeping
from broadcaster.services.setup.new_project import DEMO_FOLLOW_UP, make_demo

AUTHOR, APPROVER = "amina", "david"
DEMO_PORT = 8080
"""Where `demo --serve` answers, unless somebody else does."""

WAIT_SECONDS = 120.0
"""Seconds after which a demo that has not come to its end is a failure."""


class NoPortError(BroadcasterError):
    """No address of this machine is free."""

    code = "no-port"
    default_remedy = "Stop something that listens, or run the demo without --serve."


class DemoStuckError(BroadcasterError):
    """The demo did not come to its end in time."""

    code = "demo-stuck"
    default_remedy = "See `broadcaster -C var/demo status`; run the demo again, which starts afresh."


@app.command()
def demo(
    context: typer.Context,
    serve: Annotated[bool, typer.Option("--serve", help="Go on serving when everything is sent.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the whole way of a letter in var/demo: invented people, an outbox in a folder; nothing leaves here."""
    folder = project_folder(context) / "var" / "demo"
    listener = _reserve_address() if serve else None
    make_demo(folder, now(), listen=_address_of(listener) if listener else None)
    # Whatever key or password stands in the environment is for real letters: the demo has a key of its own.
    with open_project(folder, {}) as project, stop_on_signals() as bell:
        sent = _approve_all(project, quiet=as_json)
        if listener:
            _announce_desk(project, listener, quiet=as_json)
        watch = _CampaignWatch(project, sent, quiet=as_json)
        end = threading.Thread(target=watch.follow, args=(bell,), kwargs={"stop": not serve}, daemon=True)
        end.start()
        run_server(project, bell)
        end.join()
        found = broadcast_status.list_broadcast_statuses(project)
    if as_json:
        show_status_json(found)
    else:
        output.print_line("")
        show_status(found)
        _show_results(folder)
    if not watch.finished and not serve:  # one that serves ends when somebody stops it, which may be early
        raise DemoStuckError("The demo was stopped before everything was sent.")


def _show_sign_in_links(project: Project) -> None:
    """How to come in as each of the demo's people."""
    output.print_line("")
    output.print_line("The desk, as one of its invented people; each link is good once:")
    for who, link in demo_sign_in_links(project).items():
        output.print_line(f"  {project.settings.people[who].role:9} {link}")
    output.print_line("")


def _reserve_address() -> socket.socket:
    """Holds the address at which the demo will answer, until it does: the same one each time unless it is in use."""
    for port in (DEMO_PORT, 0):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen()  # two of them may be bound to one port, as long as neither listens
        except OSError:
            listener.close()
        else:
            return listener
    raise NoPortError("This machine has no port left for the demo's pages.")


def _address_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()
    return f"{host}:{port}"


def _announce_desk(project: Project, listener: socket.socket, *, quiet: bool) -> None:
    """Say where the desk will answer and to whom, and let go of the address for it."""
    address = _address_of(listener)
    listener.close()
    if quiet:
        return
    if not address.endswith(f":{DEMO_PORT}"):
        output.print_line("")
        output.print_line(f"Port {DEMO_PORT} is in use here, so the desk answers at {address}.")
    _show_sign_in_links(project)


def _show_results(folder: Path) -> None:
    """The end of the demo: what there is to be looked at."""
    outbox = _relative_path(folder / "var" / "outbox")
    output.print_line("")
    output.print_line("Nothing left this machine: each message is a file, exactly as it would have been sent.")
    output.print_line(f"  emails   {outbox}/email/*.eml   open one with a mail program")
    output.print_line(f"  texts    {outbox}/sms/*.json")
    output.print_line("Look around in it, it is a project like any other:")
    for words in (
        "status",
        "replies",
        "plan update",
        "preview reassurance-letter --audience faith-networks --language ar",
    ):
        output.print_line(f"  {_command_name()} -C {_relative_path(folder)} {words}")


def _command_name() -> str:
    """How the command that runs now can be typed: by its name alone only if that finds this very one."""
    beside = Path(sys.executable).with_name("broadcaster")
    found = shutil.which("broadcaster")
    if not beside.exists() or (found and Path(found).samefile(beside)):
        return "broadcaster"
    return _relative_path(beside)


def _relative_path(path: Path) -> str:
    """A path as it is typed from here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _approve_all(project: Project, *, quiet: bool) -> list[str]:
    """Each starter campaign, submitted by one person and approved by another; their names. One is left to decide."""
    author, approver = (
        command_line_actor(project.settings, *who)
        for who in ((AUTHOR, Permission.SUBMIT), (APPROVER, Permission.APPROVE))
    )
    approved = []
    for campaign in project.settings.campaigns.values():
        submitted = decisions.submit(project, campaign, author).plan
        said = f"{campaign.name}: {submitted.recipients} messages, submitted by {author.name}, "
        if campaign.name == DEMO_FOLLOW_UP:
            said += "waits for somebody to approve it"
        else:
            decisions.approve(project, campaign, approver, submitted.digest)
            approved.append(campaign.name)
            said += f"approved by {approver.name}, goes out at {submitted.wall:%H:%M:%S}"
        if not quiet:
            output.print_line(said)
    return approved


class _CampaignWatch:
    """Follows the campaigns: a line for each that is released and each that is sent."""

    def __init__(self, project: Project, campaigns: Collection[str], *, quiet: bool) -> None:
        self._project, self._campaigns, self._quiet = project, campaigns, quiet
        self._told: set[tuple[str, str]] = set()
        self.finished = False

    def follow(self, bell: WakeSignal, *, stop: bool) -> None:
        """Look until everything is sent, or for as long as anybody would wait; then ring the bell, if it shall."""
        end = time.monotonic() + WAIT_SECONDS
        while True:
            stopped = bell.stopping or time.monotonic() >= end
            self.finished = housekeeping.all_finished(self._project, self._campaigns)
            self._tell()
            if stopped or self.finished:
                break
            time.sleep(0.1)
        if self.finished:
            demo_replies.create_demo_replies(self._project)
        if stop:
            bell.stop()

    def _tell(self) -> None:
        for one in reversed([] if self._quiet else broadcast_status.list_broadcast_statuses(self._project)):
            name, state = one.broadcast.campaign, one.broadcast.state
            if (name, state) in self._told or state not in (BroadcastState.SENDING, BroadcastState.FINISHED):
                continue
            self._told.add((name, state))
            output.print_line(f"{name}: {_progress_text(summarise_states(one.deliveries), state)}")


def _progress_text(found: DeliveryCounts, state: BroadcastState) -> str:
    if state is BroadcastState.SENDING:
        return f"sending {found.whole} ..."
    if found.handed_over == found.whole:
        return f"all {found.whole} sent"
    return f"{found.handed_over} of {found.whole} sent"
