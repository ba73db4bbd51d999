"""What has to be said about a list before it is taken in, with what stands in it, and the words to say it with.

This goes to the terminal of whoever has the list, and nowhere else.
"""

import shlex
from collections.abc import Iterable

from broadcaster.audiences.columns.arrangement import LEFT_OUT
from broadcaster.audiences.columns.column_matching import ColumnMatching, MatchedHeading
from broadcaster.audiences.importing.list_preparation import PreparedList
from broadcaster.cli.common import output
from broadcaster.domain.problems import Problem


def show_questions(found: PreparedList) -> None:
    """The sheets to choose from, the headings to be matched, and what stands below them."""
    for name in found.sheets:
        output.print_line(f"  --sheet {shlex.quote(name)}")
    for doubt in found.doubts:
        for sample in doubt.samples:
            output.print_line(f"  {sample}")
    if found.matching is None or found.matching.clear:
        return
    asked = [one for one in found.matching.headings if one.asked]
    shown = asked or [one for one in found.matching.headings if not one.chosen]
    output.print_table(("heading", "what stands there", "why it is asked"), (_row(one) for one in shown))
    if asked:
        output.print_line("If that is right, add:")
        output.print_line(
            "  " + " ".join(f"--column {shlex.quote(f'{one.heading}={one.column or LEFT_OUT}')}" for one in asked)
        )


def show_problem_counts(problems: Iterable[Problem]) -> None:
    """Of what is the matter with many rows, one line each, before they are listed."""
    rows: dict[tuple[str, str], set[int]] = {}
    for one in problems:
        if one.line is not None:
            rows.setdefault((one.code, one.message), set()).add(one.line)
    for (code, message), lines in sorted(rows.items(), key=lambda item: -len(item[1])):
        if len(lines) > 1:
            output.print_line(f"{len(lines):,} rows: {message} ({code})")


def show_matching(matching: ColumnMatching | None) -> None:
    """Which column each heading was taken for, where that is another word."""
    if matching is None:
        return
    other = [one for one in matching.headings if one.column != one.heading.casefold()]
    taken = [f"{one.heading} → {one.column}" for one in other if one.column != LEFT_OUT]
    left = [one.heading for one in other if one.column == LEFT_OUT]
    if taken:
        output.print_line(f"Columns: {', '.join(taken)}.")
    if left:
        output.print_line(f"Left out: {', '.join(left)}.")


def _row(one: MatchedHeading) -> tuple[str, str, str]:
    return one.heading, " | ".join(one.samples), one.why
