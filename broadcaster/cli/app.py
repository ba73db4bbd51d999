"""The `broadcaster` command: where it works (`-C DIR`), how it ends (0 done, 1 refused or problems, 2 wrong usage)."""

import gc
import os
import sys
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from broadcaster import __version__
from broadcaster.cli.commands import COMMANDS
from broadcaster.cli.common import output
from broadcaster.cli.common.errors import TRACEBACK_VARIABLE, explain_os_error, unforeseen_error
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError


class ListedCommand(TyperCommand):
    """A command that is only listed; its module is not loaded."""


class LazyCommandGroup(TyperGroup):
    """The commands of the table, listed by their lines there; the module of the one that is typed is loaded."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        listed = {name: ListedCommand(name, help=one.line) for name, one in COMMANDS.items()}
        self.commands = {**listed, **self.commands}

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        if name:
            command = load_command(name)
            _freeze_loaded_modules()
        return name, command, rest


def _freeze_loaded_modules() -> None:
    """What was loaded stays until the process ends: it is no garbage, and looking through it takes a tenth of a second,
    at the end once more. Until now the collector was off (`cli.main`).
    """
    _freeze_once()
    gc.enable()


@cache
def _freeze_once() -> None:
    """Freeze for the first command of a process only; `gc.get_freeze_count` would count all that is frozen."""
    gc.freeze()


@cache
def load_command(name: str) -> Any:
    """The command of this name, with its options; the modules that define it are loaded, and register it at `app`."""
    for module in COMMANDS[name].modules:
        import_module(f"broadcaster.cli.{module}")
    return get_group(app).commands[name]


app = typer.Typer(
    name="broadcaster",
    cls=LazyCommandGroup,
    help="Write to whole communities: approved by two people, sent once, in each person's language.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
ByOption = Annotated[str, typer.Option("--by", metavar="PERSON", help="Who you are: one of the people in config.yaml.")]


@dataclass(frozen=True, slots=True)
class ProjectFolder:
    """Where the command works."""

    root: Path


def project_folder(context: typer.Context) -> Path:
    """The project folder of this command."""
    found: ProjectFolder = context.find_object(ProjectFolder)  # type: ignore[assignment]  # the callback below always sets it
    return found.root


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"broadcaster {__version__}")
        raise typer.Exit


@app.callback()
def main_options(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Option("-C", metavar="DIR", help="The project folder to work in.", show_default="project_folder")
    ] = Path(),
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Write to whole communities: approved by two people, sent once, in each person's language."""
    del version  # its callback has answered already
    context.obj = ProjectFolder(folder.resolve())


@cache
def _program() -> TyperGroup:
    """All commands as they are listed; made once, however often a process runs one."""
    return get_group(app)


def main() -> None:
    """Run the command and end the process with its exit code: typer says what is wrong usage, and ends it with 2."""
    try:
        _program()(prog_name="broadcaster")  # also when run by `python -m broadcaster`
    except ProblemsFoundError as error:
        output.print_problems(error.problems, stderr=True)
        output.print_error(error)
    except BroadcasterError as error:
        output.print_error(error)
    except KeyboardInterrupt:
        sys.exit(130)  # typer ends so as well when it is interrupted
    except OSError as error:
        output.print_error(explain_os_error(error))
    except Exception as error:
        if os.environ.get(TRACEBACK_VARIABLE):
            raise
        output.print_error(unforeseen_error(error))
    sys.exit(1)
