"""The `check` command: everything that is wrong in the project, at once."""

import typer

from broadcaster.bootstrap.wiring import check_project_folder
from broadcaster.cli.app import JsonOption, app, project_folder
from broadcaster.cli.common import output
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.problems import Severity


@app.command()
def check(context: typer.Context, as_json: JsonOption = False) -> None:
    """Find everything that is wrong in config, letters, audiences and campaigns, all at once."""
    try:
        found = check_project_folder(project_folder(context))
    except BroadcasterError as error:
        found = [error.as_problem()]
    errors = sum(problem.level is Severity.ERROR for problem in found)
    if as_json:
        output.print_json({"problems": output.problems_as_json(found)})
    else:
        output.print_problems(found)
        warnings = len(found) - errors
        output.print_line(f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}.")
    raise typer.Exit(1 if errors else 0)
