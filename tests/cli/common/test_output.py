"""A table in a pipe is the one that rich draws on a terminal without colours, and lines keep the cursor where it is."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table
from rich.text import Text

from broadcaster.cli.common.output import plain_table, print_line, print_note

HEAD = ("broadcast", "state")
CELLS = st.text("ab [é中👍ש\r\n.", max_size=12)


def _drawn_by_rich(rows: list[tuple[str, str]]) -> str:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in HEAD:
        grid.add_column(name, overflow="fold")
    for row in rows:
        grid.add_row(*map(Text, row))
    drawn = io.StringIO()
    Console(file=drawn, width=10_000, highlight=False, emoji=False).print(grid)
    return drawn.getvalue()


@given(st.lists(st.tuples(CELLS, CELLS), max_size=4))
def test_a_table_in_a_pipe_is_as_rich_draws_it(rows: list[tuple[str, str]]) -> None:
    assert "".join(f"{line}\n" for line in plain_table([HEAD, *rows])) == _drawn_by_rich(rows)


def test_a_line_cannot_overwrite_what_stands_before(capsys: pytest.CaptureFixture[str]) -> None:
    print_line("[red]approved\rrejected\b[/]")
    print_note("one\x07\ntwo")
    assert capsys.readouterr() == ("[red]approvedrejected[/]\n", "one\ntwo\n")
