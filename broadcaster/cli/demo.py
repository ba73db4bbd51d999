"""The `demo` command: the starter campaigns, approved by two people and sent into a folder within seconds."""

import threading
import time
from typing import Annotated

import typer

from broadcaster.cli import show
from broadcaster.cli.app import Json, app, here
from broadcaster.cli.look import show_status, show_status_json
from broadcaster.cli.sending import stopping
from broadcaster.cli.serve import run
from broadcaster.domain.errors import BroadcasterError
from broadcaster.engine import Bell
from broadcaster.services import approve, keep, status
from broadcaster.services.people import Deed, actor
from broadcaster.services.project import Project, now
from broadcaster.services.starter import make_demo
from broadcaster.wiring import open_project

AUTHOR, APPROVER = "amina", "david"
PATIENCE = 120.0
"""Seconds after which a demo that has not come to its end is a failure."""


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
    make_demo(folder, now())
    with open_project(folder) as project, stopping() as bell:
        _approve_all(project, quiet=as_json)
        ending = threading.Thread(target=_stop_when_done, args=(project, bell), daemon=True)
        if not serve:
            ending.start()
        run(project, bell)
        found = status.standings(project)
        stuck = not keep.finished(project, project.settings.campaigns)
    if as_json:
        show_status_json(found)
    else:
        show_status(found)
        show.line("")
        show.line(f"Emails: {folder / 'var/outbox/email'}/*.eml (open one with a mail program)")
        show.line(f"Texts:  {folder / 'var/outbox/sms'}/*.json")
        show.line(f"Look around: broadcaster -C {folder} status")
    if stuck:
        raise DemoStuckError("The demo was stopped before everything was sent.")


def _approve_all(project: Project, *, quiet: bool) -> None:
    """Each starter campaign, submitted by one person and approved by another."""
    author, approver = (actor(project.settings, *who) for who in ((AUTHOR, Deed.SUBMIT), (APPROVER, Deed.APPROVE)))
    for campaign in project.settings.campaigns.values():
        submitted = approve.submit(project, campaign, author)
        approved = approve.approve(project, campaign, approver, submitted.plan.digest)
        if not quiet:
            when = f"{submitted.plan.wall:%H:%M:%S}"
            show.line(
                f"{campaign.name}: {approved.recipients} messages, submitted by {author.name}, "
                f"approved by {approver.name}, goes out at {when}"
            )


def _stop_when_done(project: Project, bell: Bell) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not bell.stopping:
        if keep.finished(project, project.settings.campaigns):
            break
        time.sleep(0.1)
    bell.stop()
