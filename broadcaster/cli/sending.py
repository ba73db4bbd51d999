"""Sending and what can be done to a broadcast: send, pause, resume, cancel, unsure."""

import sys
from typing import Annotated

import typer

from broadcaster.bootstrap.ledger_only import open_view
from broadcaster.bootstrap.wiring import open_project, running
from broadcaster.cli import labels, output
from broadcaster.cli.app import By, Json, app, here
from broadcaster.cli.errors import NotConfirmedError
from broadcaster.cli.progress import progress
from broadcaster.cli.status import show_status, show_status_json
from broadcaster.cli.stopping import stopping
from broadcaster.domain.states import BroadcastState
from broadcaster.services.access.permissions import Deed, actor
from broadcaster.services.project.exposure import writable_by_all
from broadcaster.services.project.project import ProjectView
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.sending import control, dispatch, unsure
from broadcaster.services.sending.provider_health import explained
from broadcaster.services.sending.send_command import Word, release_due

LARGE = 100
"""A send to more people than this asks for their number, unless --yes."""

Broadcast = Annotated[str, typer.Argument(help="Its id, or how it begins; see `broadcaster status`.")]


@app.command()
def send(  # noqa: PLR0913, PLR0917 (one parameter for each option that people can give)
    context: typer.Context,
    campaign: Annotated[str, typer.Argument(help="A campaign of config.yaml.")],
    by: By,
    crisis: Annotated[
        str | None, typer.Option("--crisis", metavar="REASON", help="Send in quiet hours too; the reason is recorded.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Release what was approved and is due, and send until nothing more can go now. Running it again goes on."""
    if crisis is not None and not crisis.strip():
        raise typer.BadParameter("say why it cannot wait until the quiet hours end", param_hint="--crisis")
    with open_project(here(context)) as project, running(project) as runner, stopping() as bell:
        chosen = project.campaign(campaign)
        person = actor(project.settings, by, Deed.SEND, chosen.audiences)
        output.warn(writable_by_all(project.settings))
        if not yes:
            confirm(project, campaign)
        broadcast = release_due(project, chosen, Word(person, runner.id, crisis or ""))
        already = broadcast.state is BroadcastState.FINISHED
        unsure.reconcile(project, broadcast)
        with progress(project, broadcast, quiet=as_json) as bar:
            deliverer = dispatch.send_now(project, runner.id, broadcast.id, dispatch.Watch(bell, bar))
        standing = broadcast_status.standing(project, broadcast)
    if as_json:
        show_status_json([standing])
    else:
        show_status([standing])
    for provider, receipt in deliverer.reach.trouble.items():
        output.note(f"{provider}: {explained(receipt)} Then run this again; it goes on where it was.")
    stopped = bell.stopping and standing.broadcast.state is BroadcastState.SENDING
    if stopped:
        output.note(
            "Stopped. What was in flight has ended, the rest stays queued. Run it again; it goes on where it was."
        )
    if already and not as_json:
        output.note(
            f"It was sent before ({standing.broadcast.finished_at:%Y-%m-%d %H:%M} UTC); nothing is left to send."
        )
    if standing.broadcast.state is BroadcastState.RELEASING:
        output.note("Another process is releasing it right now. Run this again in a moment to help it send.")
    stuck = standing.broadcast.state in (BroadcastState.PAUSED, BroadcastState.RELEASING) or bool(
        deliverer.reach.trouble
    )
    raise typer.Exit(1 if stuck or stopped else 0)


def confirm(project: ProjectView, campaign: str) -> None:
    """Ask for the number of messages when it is large, as approved."""
    count = broadcast_status.approved_count(project, project.campaign(campaign))
    if count <= LARGE:
        return
    audiences = ", ".join(project.campaign(campaign).audiences)
    if not sys.stdin.isatty():
        raise NotConfirmedError(f"This sends {count:,} messages to {audiences}, and nobody is there to be asked.")
    if typer.prompt(f"This sends {count:,} messages to {audiences}. Type the number to go on").strip() not in (
        str(count),
        f"{count:,}",
    ):
        raise NotConfirmedError("That is not the number.")


@app.command()
def pause(context: typer.Context, broadcast: Broadcast) -> None:
    """Hand out no more batches of a broadcast; what is in flight ends."""
    with open_project(here(context)) as project:
        found = broadcast_status.find(project, broadcast)
        control.pause(project, found)
    output.line(f"Paused. To go on: broadcaster resume {found.id[:8]}")


@app.command()
def resume(context: typer.Context, broadcast: Broadcast) -> None:
    """Go on with a broadcast that was paused or halted."""
    with open_project(here(context)) as project:
        found = broadcast_status.find(project, broadcast)
        control.resume(project, found)
    output.line(f"Resumed. `broadcaster serve` goes on sending, or: broadcaster send {found.campaign} --by PERSON")


@app.command()
def cancel(context: typer.Context, broadcast: Broadcast) -> None:
    """End a broadcast for good. What was handed over cannot be taken back."""
    with open_project(here(context)) as project:
        count = control.cancel(project, broadcast_status.find(project, broadcast))
    output.line(f"Cancelled: {count:,} deliveries will not go out.")


@app.command(name="unsure")
def list_unsure(
    context: typer.Context,
    broadcast: Broadcast,
    ask: Annotated[bool, typer.Option("--ask", help="Ask the provider about them first.")] = False,
    hold: Annotated[bool, typer.Option("--hold", help="Leave them unsent until somebody says otherwise.")] = False,
    resend: Annotated[bool, typer.Option("--resend", help="Send them once more; somebody may get it twice.")] = False,
) -> None:
    """List the deliveries that may or may not have been taken; ask the provider about them, or settle them."""
    if hold and resend:
        raise typer.BadParameter("give --hold or --resend, not both")
    if not (ask or hold or resend):
        with open_view(here(context)) as view:
            _list(unsure.doubts(view, broadcast_status.find(view, broadcast)))
        return
    with open_project(here(context)) as project:
        found = broadcast_status.find(project, broadcast)
        unsure.reconcile(project, found)
        if hold:
            output.line(f"{unsure.hold(project, found):,} are held.")
        elif resend:
            count = unsure.resend(project, found)
            output.line(f"{count:,} are queued once more: broadcaster send {found.campaign} --by PERSON")
        else:
            _list(unsure.doubts(project, found))


def _list(doubts: list[unsure.Doubt]) -> None:
    if not doubts:
        output.line("None: every delivery is accounted for.")
        return
    output.table(
        ("delivery", "channel", "state", "name", "address", "why"),
        (
            (
                one.delivery_id[:8],
                labels.CHANNELS.get(one.channel, one.channel),
                one.state,
                one.name,
                one.address,
                labels.doubt(one.reason),
            )
            for one in doubts
        ),
    )
    output.line("Unsure ones may or may not have been taken. To ask the provider about them: --ask.")
    output.line("To leave all unsent: --hold. To send all once more: --resend.")
