"""How things look on a terminal: problems, errors, tables. JSON goes to stdout alone, notes to stderr.

rich is loaded for colours, and for tables on a terminal: plain lines and tables in a pipe need nothing of it.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING, TextIO

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.problems import Problem, Severity, merge_problems

if TYPE_CHECKING:
    from rich.console import Console

CONTROL_CODES = dict.fromkeys(map(ord, "\a\b\v\f\r"))
"""What would move the cursor back, and hide what was printed before: it is left out, as rich does."""


@cache
def open_console(*, stderr: bool = False) -> "Console":
    """stdout, or stderr, for what has colours. No emoji: ":heart:" in a letter is what stands there."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True, emoji=False)


def print_json(value: object) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()


def print_line(text: str) -> None:
    """A plain line on stdout; square brackets in it are no markup."""
    _write_line(sys.stdout, text)


def print_markup(markup: str) -> None:
    """A line with rich's markup; whatever comes from people must have been escaped."""
    open_console().print(markup)


def print_note(text: str) -> None:
    """A line for the person, on stderr, so that stdout stays what it is asked for."""
    _write_line(sys.stderr, text)


def _write_line(to: TextIO, text: str) -> None:
    to.write(f"{text.translate(CONTROL_CODES)}\n")
    to.flush()


def print_error(problem: BroadcasterError) -> None:
    """What was refused and what to do next."""
    from rich.markup import escape

    console = open_console(stderr=True)
    where = ":".join(str(part) for part in (problem.file, problem.line) if part is not None)
    console.print(f"[bold red]{escape(where + ': ' if where else '')}{escape(problem.message)}[/]")
    console.print(f"  {escape(problem.remedy)}  [dim]({problem.code})[/]")


def print_problems(found: Iterable[Problem], *, stderr: bool = False) -> None:
    """Problems, each with its place, its code and its remedy; errors first."""
    from rich.markup import escape

    to = open_console(stderr=stderr)
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
    from rich.markup import escape

    console = open_console()
    console.print(f"[{_COLOURS[level]}]{level:<7}[/] {escape(message)}  [dim]({code})[/]")
    if remedy:
        console.print(f"        {escape(remedy)}")


def print_warnings(found: Iterable[Problem]) -> None:
    """Warnings for the person, each in one line on stderr."""
    for problem in found:
        print_note(f"Warning: {problem.message}. {problem.remedy} [{problem.code}]")


def problems_as_json(found: Iterable[Problem]) -> list[dict[str, object]]:
    """Problems as `--json` shows them."""
    return [asdict(problem) for problem in found]


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table. On a terminal that is too narrow its cells are broken, in a pipe never."""
    if sys.stdout.isatty():
        _print_terminal_table(head, rows)
    else:
        for line in plain_table([*([head] if any(head) else []), *rows]):
            print_line(line)


def _print_terminal_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    grid = Table(header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=any(head))
    for name in head:
        grid.add_column(name, overflow="fold")
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    open_console().print(grid, soft_wrap=False)


def plain_table(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table: each column as wide as its widest cell. A cell may have several lines."""
    from rich.cells import cell_len, set_cell_size

    lines = [
        [part.translate(CONTROL_CODES).expandtabs() for part in line]
        for row in rows
        for line in zip_longest(*(cell.split("\n") for cell in row), fillvalue="")
    ]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(map(set_cell_size, line, widths))
