"""The `serve` command: the clock and the workers in one process, until it is told to stop."""

import gc
from contextlib import ExitStack
from typing import Annotated

import typer

from broadcaster.bootstrap.wiring import answering, keeping, load_what_sending_needs, open_project, running
from broadcaster.cli import output
from broadcaster.cli.app import app, here
from broadcaster.cli.stopping import stopping
from broadcaster.engine import Bell
from broadcaster.services.project.exposure import runs_as_root, writable_by_all
from broadcaster.services.project.project import Project
from broadcaster.services.sending import dispatch


@app.command()
def serve(
    context: typer.Context,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=50, help="Lanes for each provider.")
    ] = dispatch.WORKERS,
) -> None:
    """Keep the campaigns' times and send what is approved, until Ctrl-C or SIGTERM."""
    while True:
        with open_project(here(context)) as project, stopping() as bell:
            run(project, bell, workers)
        if not bell.anew:
            break
        output.note("config.yaml leads other ways now: beginning anew with it.")
    output.note("Stopped. What was in flight has ended; the rest stays queued.")


def run(project: Project, bell: Bell, workers: int = dispatch.WORKERS) -> None:
    """Serve until the bell says stop."""
    with ExitStack() as stack:
        gc.disable()  # what is loaded now stays, as in `cli.app`
        try:
            address = stack.enter_context(answering(project, bell))
            load_what_sending_needs(project.settings)
        finally:
            gc.freeze()
            gc.enable()
        runner = stack.enter_context(running(project))
        stack.enter_context(keeping(project, runner, bell))
        if address:
            output.note(f"Answering at {address} for {project.settings.public_url or 'this machine alone'}.")
        output.note(f"Serving {project.settings.organisation.own_name}. Ctrl-C stops.")
        output.warn([*runs_as_root(), *writable_by_all(project.settings)])
        dispatch.send_always(project, runner.id, dispatch.Watch(bell, workers=workers))
