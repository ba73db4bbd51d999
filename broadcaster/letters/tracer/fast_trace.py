"""Fast traces of letters that do not branch: only the printed expressions are evaluated."""

from collections.abc import Callable, Mapping
from operator import itemgetter

from broadcaster.domain.text.cleaning import is_clean
from broadcaster.letters.templating.limits import MAX_STRING, MAX_WRITTEN
from broadcaster.letters.templating.sandbox import PrintSite
from broadcaster.letters.templating.static_analysis import column_of
from broadcaster.letters.tracer.letter_program import LetterProgram, LetterRun
from broadcaster.letters.tracer.skeleton_source import SkeletonSource


class FastTrace:
    """Evaluates the expressions that one run printed, in their order, each once.

    Only for programs with `has_single_skeleton`: each recipient's run prints the same expressions. A doubtful value is
    left to a whole run, which can name the line.
    """

    def __init__(self, program: LetterProgram, run: LetterRun, source: SkeletonSource) -> None:
        self.source = source
        self._longest = min(MAX_STRING, MAX_WRITTEN // max(1, len(run.captured)) - 16)
        """Characters that each value may have, so that no run exceeds its limits."""
        sites: dict[str, PrintSite] = {}
        for captured in run.captured:
            if captured.site.pure is not None and (captured.part is None or captured.part in source.parts):
                sites.setdefault(captured.site.pure, captured.site)
        self._program = program
        self._columns: list[str] = []
        self._order: list[tuple[bool, int]] = []
        self._others: list[PrintSite] = []
        for site in sites.values():
            column = column_of(site.node)
            if column is not None:
                self._order.append((True, len(self._columns)))
                self._columns.append(column)
            else:
                self._order.append((False, len(self._others)))
                self._others.append(site)
        self._template = program.expressions(self._others) if self._others else None
        self._pick: Callable[[Mapping[str, str]], object] | None = itemgetter(*self._columns) if self._columns else None

    def values(self, fields: Mapping[str, str]) -> tuple[str, ...] | None:
        """The recipient's values, or None where the whole letter has to be run."""
        try:
            picked = self._picked(fields)
        except KeyError:
            return None
        for value in picked:
            if (
                not value
                or not ((value.isascii() and value.isprintable()) or is_clean(value))
                or value.isspace()
                or len(value) > self._longest
            ):
                return None
        if self._template is None:
            return picked
        others = self._program.evaluate(self._template, fields)
        if others is None or any(len(value) > self._longest for value in others):
            return None
        return tuple(picked[at] if is_column else others[at] for is_column, at in self._order)

    def _picked(self, fields: Mapping[str, str]) -> tuple[str, ...]:
        if self._pick is None:
            return ()
        picked = self._pick(fields)
        return (picked,) if len(self._columns) == 1 else picked  # type: ignore[return-value]  # itemgetter of one or many
