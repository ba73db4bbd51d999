"""`broadcaster init`: a project folder to begin with."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from broadcaster.cli.app import app, project_folder
from broadcaster.cli.common import output
from broadcaster.services.setup.new_project import make_project

_NEXT_COMMANDS = (
    ("check", "finds everything that is wrong, all at once"),
    ("preview reassurance-letter --audience faith-networks", "one person's letter, as it would be sent"),
    ("plan reassurance", "who would get it, and who not"),
    ("demo", "the whole way, with invented people, into a folder"),
)


@app.command()
def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", show_default="project_folder")] = Path(),
) -> None:
    """Make a project folder: starter letters, audiences and settings, and a key. What is there already is left."""
    place = project_folder(context) / folder
    made = make_project(place, datetime.now(UTC).date())
    output.print_line(
        f"Made in {place}: {_summarise_files(made.made)}." if made.made else f"Everything was there already in {place}."
    )
    if made.left and made.made:
        output.print_line(f"Left as they were: {_summarise_files(made.left)}.")
    if any(path.name == "key" for path in made.made):
        output.print_line(
            "Keep a copy of the key somewhere safe, and not with the database: without it nobody can read who"
        )
        output.print_line("received a letter.")
    output.print_line("")
    output.print_line("Next:")
    if place.resolve() != Path.cwd():
        output.print_line(f"  cd {_shell_path(place)}")
    width = max(len(command) for command, _ in _NEXT_COMMANDS)
    for command, does in _NEXT_COMMANDS:
        output.print_line(f"  broadcaster {command:<{width}}   {does}")


def _summarise_files(paths: Iterable[Path]) -> str:
    """Files by name, and folders with how many files of them."""
    folders = ("templates", "audiences")
    counted = Counter(f"{path.parts[0]}/" if path.parts[0] in folders else str(path) for path in paths)
    return ", ".join(f"{name} ({n} files)" if name.endswith("/") else name for name, n in counted.items())


def _shell_path(path: Path) -> str:
    """A path as it can be typed into a shell, relative where that is shorter."""
    try:
        shown = str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        shown = str(path)
    return shown if shown.replace("/", "").replace("-", "").replace("_", "").isalnum() else f"'{shown}'"
