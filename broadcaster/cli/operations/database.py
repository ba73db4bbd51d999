"""`broadcaster database`: the database that holds the ledger."""

from typing import Annotated

import typer

from broadcaster.bootstrap.ledger_only import upgrade_ledger
from broadcaster.cli.app import app, project_folder
from broadcaster.cli.common import output
from broadcaster.ledger.schema_revisions import NEWEST_REVISION

database_app = typer.Typer(help="The database that holds the ledger.", no_args_is_help=True)
app.add_typer(database_app, name="database")


@database_app.command()
def upgrade(
    context: typer.Context,
    backup_made: Annotated[
        bool, typer.Option("--backup-made", help="There is a backup; PostgreSQL is not upgraded without.")
    ] = False,
) -> None:
    """Bring the ledger up to date with this version. Stop `serve` first."""
    done = upgrade_ledger(project_folder(context), backup_made=backup_made)
    if done is None:
        output.print_line(f"Nothing to do: the ledger is up to date (revision {NEWEST_REVISION}).")
    elif done.before is None:
        output.print_line(f"An empty ledger was made (revision {NEWEST_REVISION}).")
    else:
        output.print_line(f"Upgraded from revision {done.before} to {NEWEST_REVISION}.")
        if done.copy is not None:
            output.print_line(f"As it was before, it lies in {done.copy}. Delete that when you no longer need it.")
