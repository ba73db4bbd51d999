"""The `check` command: everything that is wrong in the project, at once."""

import typer

from broadcaster.cli import show
from broadcaster.cli.app import Json, app, here
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.problems import Level
from broadcaster.wiring import check_folder


@app.command()
def check(context: typer.Context, as_json: Json = False) -> None:
    """Find everything that is wrong in config, letters, audiences and campaigns, all at once."""
    try:
        found = check_folder(here(context))
    except BroadcasterError as error:
        found = [error.as_problem()]
    errors = sum(problem.level is Level.ERROR for problem in found)
    if as_json:
        show.document({"problems": show.problem_rows(found)})
    else:
        show.problems(found)
        warnings = len(found) - errors
        show.line(f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}.")
    raise typer.Exit(1 if errors else 0)
