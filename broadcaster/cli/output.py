"""How things look on a terminal: problems, errors, tables. JSON goes to stdout alone, notes to stderr."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.problems import Level, Problem, together

# No emoji: ":heart:" in a letter is what stands there.
out = Console(highlight=False, soft_wrap=True, emoji=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


ENDLESS = 10_000
"""Columns of a pipe: whatever reads it breaks lines by itself, and nothing may be lost."""


def document(value: object) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()


def line(text: str) -> None:
    """A plain line on stdout; square brackets in it are no markup."""
    out.print(text, markup=False)


def rich_line(markup: str) -> None:
    """A line with rich's markup; whatever comes from people must have been escaped."""
    out.print(markup)


def note(text: str) -> None:
    """A line for the person, on stderr, so that stdout stays what it is asked for."""
    err.print(text, markup=False)


def error(problem: BroadcasterError) -> None:
    """What was refused and what to do next."""
    where = ":".join(str(part) for part in (problem.file, problem.line) if part is not None)
    err.print(f"[bold red]{escape(where + ': ' if where else '')}{escape(problem.message)}[/]")
    err.print(f"  {escape(problem.remedy)}  [dim]({problem.code})[/]")


def problems(found: Iterable[Problem], to: Console = out) -> None:
    """Problems, each with its place, its code and its remedy; errors first."""
    ordered = sorted(found, key=lambda p: (p.level is not Level.ERROR, p.file or "", p.line or 0))
    for problem, elsewhere in together(ordered):
        where = ":".join(str(part) for part in (problem.file, problem.line) if part is not None)
        colour = "red" if problem.level is Level.ERROR else "yellow"
        to.print(
            f"[{colour}]{problem.level:<7}[/] {escape(where)}  {escape(problem.message)}  [dim]({problem.code})[/]"
        )
        to.print(f"        {escape(problem.remedy)}")
        if elsewhere:
            to.print(f"        {escape(elsewhere)}")


_COLOURS = {"good": "green", "warning": "yellow", "error": "red"}


def finding(level: str, message: str, remedy: str, code: str) -> None:
    """Something that was looked at, good or not, and what to do."""
    out.print(f"[{_COLOURS[level]}]{level:<7}[/] {escape(message)}  [dim]({code})[/]")
    if remedy:
        out.print(f"        {escape(remedy)}")


def warn(found: Iterable[Problem]) -> None:
    """Warnings for the person, each in one line on stderr."""
    for problem in found:
        note(f"Warning: {problem.message}. {problem.remedy} [{problem.code}]")


def problem_rows(found: Iterable[Problem]) -> list[dict[str, object]]:
    """Problems as `--json` shows them."""
    return [asdict(problem) for problem in found]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table. On a terminal that is too narrow its cells are broken, in a pipe never."""
    grid = Table(header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=any(head))
    for name in head:
        grid.add_column(name, overflow="fold")
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    if out.is_terminal:
        out.print(grid, soft_wrap=False)
    else:
        Console(file=out.file, width=ENDLESS, highlight=False, emoji=False).print(grid)
