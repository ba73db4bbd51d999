"""The `check` command: everything that is wrong in the project, at once."""

import typer

from broadcaster.bootstrap.wiring import check_folder
from broadcaster.cli import output
from broadcaster.cli.app import Json, app, here
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.problems import Level


@app.command()
def check(context: typer.Context, as_json: Json = False) -> None:
    """Find everything that is wrong in config, letters, audiences and campaigns, all at once."""
    try:
        found = check_folder(here(context))
    except BroadcasterError as error:
        found = [error.as_problem()]
    errors = sum(problem.level is Level.ERROR for problem in found)
    if as_json:
        output.document({"problems": output.problem_rows(found)})
    else:
        output.problems(found)
        warnings = len(found) - errors
        output.line(f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}.")
    raise typer.Exit(1 if errors else 0)
