"""The `broadcaster` command: where it works (`-C DIR`), how it ends (0 done, 1 refused or problems, 2 wrong usage)."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from broadcaster import __version__
from broadcaster.cli import show
from broadcaster.cli.failures import TRACEBACK, system_refused, unforeseen
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError

app = typer.Typer(
    name="broadcaster",
    help="Write to whole communities: approved by two people, sent once, in each person's language.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
By = Annotated[str, typer.Option("--by", metavar="PERSON", help="Who you are: one of the people in config.yaml.")]


@dataclass(frozen=True, slots=True)
class Here:
    """Where the command works."""

    root: Path


def here(context: typer.Context) -> Path:
    """The project folder of this command."""
    found: Here = context.find_object(Here)  # type: ignore[assignment]  # the callback below always sets it
    return found.root


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"broadcaster {__version__}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Option("-C", metavar="DIR", help="The project folder to work in.", show_default="here")
    ] = Path(),
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """Write to whole communities: approved by two people, sent once, in each person's language."""
    del version  # its callback has answered already
    context.obj = Here(folder.resolve())


def main() -> None:
    """Run the command and end the process with its exit code: typer says what is wrong usage, and ends it with 2."""
    try:
        app(prog_name="broadcaster")  # also when run by `python -m broadcaster`
    except ProblemsFoundError as error:
        show.problems(error.problems, show.err)
        show.error(error)
    except BroadcasterError as error:
        show.error(error)
    except KeyboardInterrupt:
        sys.exit(130)  # typer ends so as well when it is interrupted
    except OSError as error:
        show.error(system_refused(error))
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        show.error(unforeseen(error))
    sys.exit(1)
