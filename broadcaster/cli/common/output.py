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
from broadcaster.domain.problems import Problem, Severity, merge_problems

# No emoji: ":heart:" in a letter is what stands there.
stdout_console = Console(highlight=False, soft_wrap=True, emoji=False)
stderr_console = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


PIPE_WIDTH = 10_000
"""Columns of a pipe: whatever reads it breaks lines by itself, and nothing may be lost."""


def print_json(value: object) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()


def print_line(text: str) -> None:
    """A plain line on stdout; square brackets in it are no markup."""
    stdout_console.print(text, markup=False)


def print_markup(markup: str) -> None:
    """A line with rich's markup; whatever comes from people must have been escaped."""
    stdout_console.print(markup)


def print_note(text: str) -> None:
    """A line for the person, on stderr, so that stdout stays what it is asked for."""
    stderr_console.print(text, markup=False)


def print_error(problem: BroadcasterError) -> None:
    """What was refused and what to do next."""
    where = ":".join(str(part) for part in (problem.file, problem.line) if part is not None)
    stderr_console.print(f"[bold red]{escape(where + ': ' if where else '')}{escape(problem.message)}[/]")
    stderr_console.print(f"  {escape(problem.remedy)}  [dim]({problem.code})[/]")


def print_problems(found: Iterable[Problem], to: Console = stdout_console) -> None:
    """Problems, each with its place, its code and its remedy; errors first."""
    ordered = sorted(found, key=lambda p: (p.level is not Severity.ERROR, p.file or "", p.line or 0))
    for problem, elsewhere in merge_problems(ordered):
        where = ":".join(str(part) for part in (problem.file, problem.line) if part is not None)
        colour = "red" if problem.level is Severity.ERROR else "yellow"
        to.print(
            f"[{colour}]{problem.level:<7}[/] {escape(where)}  {escape(problem.message)}  [dim]({problem.code})[/]"
        )
        to.print(f"        {escape(problem.remedy)}")
        if elsewhere:
            to.print(f"        {escape(elsewhere)}")


_COLOURS = {"good": "green", "warning": "yellow", "error": "red"}


def print_finding(level: str, message: str, remedy: str, code: str) -> None:
    """Something that was looked at, good or not, and what to do."""
    stdout_console.print(f"[{_COLOURS[level]}]{level:<7}[/] {escape(message)}  [dim]({code})[/]")
    if remedy:
        stdout_console.print(f"        {escape(remedy)}")


def print_warnings(found: Iterable[Problem]) -> None:
    """Warnings for the person, each in one line on stderr."""
    for problem in found:
        print_note(f"Warning: {problem.message}. {problem.remedy} [{problem.code}]")


def problems_as_json(found: Iterable[Problem]) -> list[dict[str, object]]:
    """Problems as `--json` shows them."""
    return [asdict(problem) for problem in found]


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table. On a terminal that is too narrow its cells are broken, in a pipe never."""
    grid = Table(header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=any(head))
    for name in head:
        grid.add_column(name, overflow="fold")
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    if stdout_console.is_terminal:
        stdout_console.print(grid, soft_wrap=False)
    else:
        Console(file=stdout_console.file, width=PIPE_WIDTH, highlight=False, emoji=False).print(grid)
