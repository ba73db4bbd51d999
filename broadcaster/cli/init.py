"""`broadcaster init`: a project folder to begin with."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from broadcaster.cli import output
from broadcaster.cli.app import app, here
from broadcaster.services.setup.new_project import make_project

_NEXT = (
    ("check", "finds everything that is wrong, all at once"),
    ("preview reassurance-letter --audience faith-networks", "one person's letter, as it would be sent"),
    ("plan reassurance", "who would get it, and who not"),
    ("demo", "the whole way, with invented people, into a folder"),
)


@app.command()
def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", show_default="here")] = Path(),
) -> None:
    """Make a project folder: starter letters, audiences and settings, and a key. What is there already is left."""
    place = here(context) / folder
    made = make_project(place, datetime.now(UTC).date())
    output.line(f"Made in {place}: {_summed(made.made)}." if made.made else f"Everything was there already in {place}.")
    if made.left and made.made:
        output.line(f"Left as they were: {_summed(made.left)}.")
    if any(path.name == "key" for path in made.made):
        output.line("Keep a copy of the key somewhere safe, and not with the database: without it nobody can read who")
        output.line("received a letter.")
    output.line("")
    output.line("Next:")
    if place.resolve() != Path.cwd():
        output.line(f"  cd {_typed(place)}")
    width = max(len(command) for command, _ in _NEXT)
    for command, does in _NEXT:
        output.line(f"  broadcaster {command:<{width}}   {does}")


def _summed(paths: Iterable[Path]) -> str:
    """Files by name, and folders with how many files of them."""
    folders = ("templates", "audiences")
    counted = Counter(f"{path.parts[0]}/" if path.parts[0] in folders else str(path) for path in paths)
    return ", ".join(f"{name} ({n} files)" if name.endswith("/") else name for name, n in counted.items())


def _typed(path: Path) -> str:
    """A path as it can be typed into a shell, relative where that is shorter."""
    try:
        shown = str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        shown = str(path)
    return shown if shown.replace("/", "").replace("-", "").replace("_", "").isalnum() else f"'{shown}'"
