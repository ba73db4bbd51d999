"""The `serve` command: the clock and the workers in one process, until it is told to stop."""

import gc
from contextlib import ExitStack
from typing import Annotated

import typer

from broadcaster.bootstrap.wiring import open_project, preload_for_sending, registered_runner, run_clock, run_web_server
from broadcaster.cli.app import app, project_folder
from broadcaster.cli.common import output
from broadcaster.cli.common.stop_signals import stop_on_signals
from broadcaster.engine import WORKERS_PER_PROVIDER, WakeSignal
from broadcaster.services.project.project import Project
from broadcaster.services.project.security_checks import check_runs_as_root, check_writable_by_all


@app.command()
def serve(
    context: typer.Context,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=50, help="Lanes for each provider.")
    ] = WORKERS_PER_PROVIDER,
) -> None:
    """Keep the campaigns' times and send what is approved, until Ctrl-C or SIGTERM."""
    while True:
        with open_project(project_folder(context)) as project, stop_on_signals() as bell:
            run_server(project, bell, workers)
        if not bell.restart:
            break
        output.print_note("config.yaml leads other ways now: beginning anew with it.")
    output.print_note("Stopped. What was in flight has ended; the rest stays queued.")


def run_server(project: Project, bell: WakeSignal, workers: int = WORKERS_PER_PROVIDER) -> None:
    """Serve until the bell says stop."""
    with ExitStack() as stack:
        gc.disable()  # what is loaded now stays, as in `cli.app`
        try:
            address = stack.enter_context(run_web_server(project, bell))
            # What sends is loaded once the port answers.
            from broadcaster.services.delivering import dispatch

            preload_for_sending(project.settings)
        finally:
            gc.freeze()
            gc.enable()
        runner = stack.enter_context(registered_runner(project))
        stack.enter_context(run_clock(project, runner, bell))
        if address:
            output.print_note(f"Answering at {address} for {project.settings.public_url or 'this machine alone'}.")
        output.print_note(f"Serving {project.settings.organisation.own_name}. Ctrl-C stops.")
        output.print_warnings([*check_runs_as_root(), *check_writable_by_all(project.settings)])
        dispatch.send_continuously(project, runner.id, dispatch.RunOptions(bell, workers=workers))
