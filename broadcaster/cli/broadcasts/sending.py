"""Sending and what can be done to a broadcast: send, pause, resume, cancel, unsure."""

import sys
from typing import Annotated

import typer

from broadcaster.bootstrap.ledger_only import open_view
from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.cli.app import ByOption, JsonOption, app, project_folder
from broadcaster.cli.broadcasts.progress import show_progress
from broadcaster.cli.broadcasts.status import show_status, show_status_json
from broadcaster.cli.common import labels, output
from broadcaster.cli.common.errors import NotConfirmedError
from broadcaster.cli.common.stop_signals import stop_on_signals
from broadcaster.domain.states import BroadcastState
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.delivering import dispatch
from broadcaster.services.delivering.provider_health import explain_receipt
from broadcaster.services.project.project import ProjectView
from broadcaster.services.project.security_checks import check_writable_by_all
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.sending import control, unsure
from broadcaster.services.sending.send_command import SendCommand, release_campaign

CONFIRM_ABOVE = 100
"""A send to more people than this asks for their number, unless --yes."""

BroadcastArgument = Annotated[str, typer.Argument(help="Its id, or how it begins; see `broadcaster status`.")]


@app.command()
def send(  # noqa: PLR0913, PLR0917 (one parameter for each option that people can give)
    context: typer.Context,
    campaign: Annotated[str, typer.Argument(help="A campaign of config.yaml.")],
    by: ByOption,
    crisis: Annotated[
        str | None, typer.Option("--crisis", metavar="REASON", help="Send in quiet hours too; the reason is recorded.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Release what was approved and is due, and send until nothing more can go now. Running it again goes on."""
    if crisis is not None and not crisis.strip():
        raise typer.BadParameter("say why it cannot wait until the quiet hours end", param_hint="--crisis")
    with (
        open_project(project_folder(context)) as project,
        registered_runner(project) as runner,
        stop_on_signals() as bell,
    ):
        chosen = project.campaign(campaign)
        person = command_line_actor(project.settings, by, Permission.SEND, chosen.audiences)
        output.print_warnings(check_writable_by_all(project.settings))
        if not yes:
            confirm_large_broadcast(project, campaign)
        broadcast = release_campaign(project, chosen, SendCommand(person, runner.id, crisis or ""))
        already = broadcast.state is BroadcastState.FINISHED
        unsure.reconcile(project, broadcast)
        with show_progress(project, broadcast, quiet=as_json) as bar:
            health = dispatch.send_broadcast(project, runner.id, broadcast.id, dispatch.RunOptions(bell, bar))
        standing = broadcast_status.get_broadcast_status(project, broadcast)
    if as_json:
        show_status_json([standing])
    else:
        show_status([standing])
    for provider, receipt in health.trouble.items():
        output.print_note(f"{provider}: {explain_receipt(receipt)} Then run this again; it goes on where it was.")
    stopped = bell.stopping and standing.broadcast.state is BroadcastState.SENDING
    if stopped:
        output.print_note(
            "Stopped. What was in flight has ended, the rest stays queued. Run it again; it goes on where it was."
        )
    if already and not as_json:
        output.print_note(
            f"It was sent before ({standing.broadcast.finished_at:%Y-%m-%d %H:%M} UTC); nothing is left to send."
        )
    if standing.broadcast.state is BroadcastState.RELEASING:
        output.print_note("Another process is releasing it right now. Run this again in a moment to help it send.")
    stuck = standing.broadcast.state in (BroadcastState.PAUSED, BroadcastState.RELEASING) or bool(health.trouble)
    raise typer.Exit(1 if stuck or stopped else 0)


def confirm_large_broadcast(project: ProjectView, campaign: str) -> None:
    """Ask for the number of messages when it is large, as approved."""
    count = broadcast_status.count_approved_messages(project, project.campaign(campaign))
    if count <= CONFIRM_ABOVE:
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
def pause(context: typer.Context, broadcast: BroadcastArgument) -> None:
    """Hand out no more batches of a broadcast; what is in flight ends."""
    with open_project(project_folder(context)) as project:
        found = broadcast_status.find_broadcast(project, broadcast)
        control.pause(project, found)
    output.print_line(f"Paused. To go on: broadcaster resume {found.id[:8]}")


@app.command()
def resume(context: typer.Context, broadcast: BroadcastArgument) -> None:
    """Go on with a broadcast that was paused or halted."""
    with open_project(project_folder(context)) as project:
        found = broadcast_status.find_broadcast(project, broadcast)
        control.resume(project, found)
    output.print_line(
        f"Resumed. `broadcaster serve` goes on sending, or: broadcaster send {found.campaign} --by PERSON"
    )


@app.command()
def cancel(context: typer.Context, broadcast: BroadcastArgument) -> None:
    """End a broadcast for good. What was handed over cannot be taken back."""
    with open_project(project_folder(context)) as project:
        count = control.cancel(project, broadcast_status.find_broadcast(project, broadcast))
    output.print_line(f"Cancelled: {count:,} deliveries will not go out.")


@app.command(name="unsure")
def list_unsure(
    context: typer.Context,
    broadcast: BroadcastArgument,
    ask: Annotated[bool, typer.Option("--ask", help="Ask the provider about them first.")] = False,
    hold: Annotated[bool, typer.Option("--hold", help="Leave them unsent until somebody says otherwise.")] = False,
    resend: Annotated[bool, typer.Option("--resend", help="Send them once more; somebody may get it twice.")] = False,
) -> None:
    """List the deliveries that may or may not have been taken; ask the provider about them, or settle them."""
    if hold and resend:
        raise typer.BadParameter("give --hold or --resend, not both")
    if not (ask or hold or resend):
        with open_view(project_folder(context)) as view:
            _list_deliveries(unsure.list_unsure_deliveries(view, broadcast_status.find_broadcast(view, broadcast)))
        return
    with open_project(project_folder(context)) as project:
        found = broadcast_status.find_broadcast(project, broadcast)
        unsure.reconcile(project, found)
        if hold:
            output.print_line(f"{unsure.hold_unsure(project, found):,} are held.")
        elif resend:
            count = unsure.resend(project, found)
            output.print_line(f"{count:,} are queued once more: broadcaster send {found.campaign} --by PERSON")
        else:
            _list_deliveries(unsure.list_unsure_deliveries(project, found))


def _list_deliveries(doubts: list[unsure.UnsureDelivery]) -> None:
    if not doubts:
        output.print_line("None: every delivery is accounted for.")
        return
    output.print_table(
        ("delivery", "channel", "state", "name", "address", "why"),
        (
            (
                one.delivery_id[:8],
                labels.CHANNEL_NAMES.get(one.channel, one.channel),
                one.state,
                one.name,
                one.address,
                labels.describe_unsure_delivery(one.reason),
            )
            for one in doubts
        ),
    )
    output.print_line("Unsure ones may or may not have been taken. To ask the provider about them: --ask.")
    output.print_line("To leave all unsent: --hold. To send all once more: --resend.")
