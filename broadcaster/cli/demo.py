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
from broadcaster.cli import output
from broadcaster.cli.app import Json, app, here
from broadcaster.cli.invite import enter_links
from broadcaster.cli.serve import run
from broadcaster.cli.status import show_status, show_status_json
from broadcaster.cli.stopping import stopping
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import BroadcastState
from broadcaster.engine import Bell
from broadcaster.services.access.permissions import Deed, actor
from broadcaster.services.approving import decisions
from broadcaster.services.project.project import Project, now
from broadcaster.services.replies import demo_replies
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.reporting.progress import Count, count
from broadcaster.services.sending import housekeeping
from broadcaster.services.setup.new_project import TO_DECIDE, make_demo

AUTHOR, APPROVER = "amina", "david"
DEMO_PORT = 8080
"""Where `demo --serve` answers, unless somebody else does."""

PATIENCE = 120.0
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
    as_json: Json = False,
) -> None:
    """Show the whole way of a letter in var/demo: invented people, an outbox in a folder; nothing leaves here."""
    folder = here(context) / "var" / "demo"
    listener = _listener() if serve else None
    make_demo(folder, now(), listen=_address(listener) if listener else None)
    # Whatever key or password stands in the environment is for real letters: the demo has a key of its own.
    with open_project(folder, {}) as project, stopping() as bell:
        sent = _approve_all(project, quiet=as_json)
        if listener:
            _hand_over(project, listener, quiet=as_json)
        watch = _Watch(project, sent, quiet=as_json)
        end = threading.Thread(target=watch.follow, args=(bell,), kwargs={"stop": not serve}, daemon=True)
        end.start()
        run(project, bell)
        end.join()
        found = broadcast_status.standings(project)
    if as_json:
        show_status_json(found)
    else:
        output.line("")
        show_status(found)
        _say_where(folder)
    if not watch.finished and not serve:  # one that serves ends when somebody stops it, which may be early
        raise DemoStuckError("The demo was stopped before everything was sent.")


def _say_who(project: Project) -> None:
    """How to come in as each of the demo's people."""
    output.line("")
    output.line("The desk, as one of its invented people; each link is good once:")
    for who, link in enter_links(project).items():
        output.line(f"  {project.settings.people[who].role:9} {link}")
    output.line("")


def _listener() -> socket.socket:
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


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()
    return f"{host}:{port}"


def _hand_over(project: Project, listener: socket.socket, *, quiet: bool) -> None:
    """Say where the desk will answer and to whom, and let go of the address for it."""
    address = _address(listener)
    listener.close()
    if quiet:
        return
    if not address.endswith(f":{DEMO_PORT}"):
        output.line("")
        output.line(f"Port {DEMO_PORT} is in use here, so the desk answers at {address}.")
    _say_who(project)


def _say_where(folder: Path) -> None:
    """The end of the demo: what there is to be looked at."""
    outbox = _near(folder / "var" / "outbox")
    output.line("")
    output.line("Nothing left this machine: each message is a file, exactly as it would have been sent.")
    output.line(f"  emails   {outbox}/email/*.eml   open one with a mail program")
    output.line(f"  texts    {outbox}/sms/*.json")
    output.line("Look around in it, it is a project like any other:")
    for words in (
        "status",
        "replies",
        "plan update",
        "preview reassurance-letter --audience faith-networks --language ar",
    ):
        output.line(f"  {_program()} -C {_near(folder)} {words}")


def _program() -> str:
    """How the command that runs now can be typed: by its name alone only if that finds this very one."""
    beside = Path(sys.executable).with_name("broadcaster")
    found = shutil.which("broadcaster")
    if not beside.exists() or (found and Path(found).samefile(beside)):
        return "broadcaster"
    return _near(beside)


def _near(path: Path) -> str:
    """A path as it is typed from here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _approve_all(project: Project, *, quiet: bool) -> list[str]:
    """Each starter campaign, submitted by one person and approved by another; their names. One is left to decide."""
    author, approver = (actor(project.settings, *who) for who in ((AUTHOR, Deed.SUBMIT), (APPROVER, Deed.APPROVE)))
    approved = []
    for campaign in project.settings.campaigns.values():
        submitted = decisions.submit(project, campaign, author).plan
        said = f"{campaign.name}: {submitted.recipients} messages, submitted by {author.name}, "
        if campaign.name == TO_DECIDE:
            said += "waits for somebody to approve it"
        else:
            decisions.approve(project, campaign, approver, submitted.digest)
            approved.append(campaign.name)
            said += f"approved by {approver.name}, goes out at {submitted.wall:%H:%M:%S}"
        if not quiet:
            output.line(said)
    return approved


class _Watch:
    """Follows the campaigns: a line for each that is released and each that is sent."""

    def __init__(self, project: Project, campaigns: Collection[str], *, quiet: bool) -> None:
        self._project, self._campaigns, self._quiet = project, campaigns, quiet
        self._told: set[tuple[str, str]] = set()
        self.finished = False

    def follow(self, bell: Bell, *, stop: bool) -> None:
        """Look until everything is sent, or for as long as anybody would wait; then ring the bell, if it shall."""
        end = time.monotonic() + PATIENCE
        while True:
            stopped = bell.stopping or time.monotonic() >= end
            self.finished = housekeeping.finished(self._project, self._campaigns)
            self._tell()
            if stopped or self.finished:
                break
            time.sleep(0.1)
        if self.finished:
            demo_replies.receive(self._project)
        if stop:
            bell.stop()

    def _tell(self) -> None:
        for one in reversed([] if self._quiet else broadcast_status.standings(self._project)):
            name, state = one.broadcast.campaign, one.broadcast.state
            if (name, state) in self._told or state not in (BroadcastState.SENDING, BroadcastState.FINISHED):
                continue
            self._told.add((name, state))
            output.line(f"{name}: {_how_far(count(one.deliveries), state)}")


def _how_far(found: Count, state: BroadcastState) -> str:
    if state is BroadcastState.SENDING:
        return f"sending {found.whole} ..."
    if found.handed_over == found.whole:
        return f"all {found.whole} sent"
    return f"{found.handed_over} of {found.whole} sent"
