"""Matching of a list's headings with roster columns: known, chosen by a person, or to be asked."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from broadcaster.audiences.columns.arrangement import LEFT_OUT, ColumnRecipe, columns_by_heading_key, heading_key
from broadcaster.audiences.columns.column_names import STANDARD_COLUMNS, column_letter, is_column_name, normalised_names
from broadcaster.audiences.columns.contact_exports import find_export_recipes
from broadcaster.audiences.columns.known_headings import FIRST, LAST, MIDDLE, heading_meaning
from broadcaster.audiences.columns.list_survey import ListColumn

NAME_PARTS = (FIRST, MIDDLE, LAST)


@dataclass(slots=True)
class MatchedHeading:
    """A heading, and the column that it means: LEFT_OUT where its column is not taken.

    `why` says what has to be decided, "" where nothing has; `column` is then the likely answer. `samples` are personal.
    """

    heading: str
    column: str
    place: int
    why: str = ""
    samples: tuple[str, ...] = field(default=(), repr=False)
    chosen: bool = False

    @property
    def own_column(self) -> str:
        """The column name made of the heading itself; "" if that is not a valid name."""
        name = (normalised_names([self.heading]) or [""])[0]
        return name if is_column_name(name) else ""

    @property
    def asked(self) -> bool:
        """Whether a person must choose its column."""
        return bool(self.why)


@dataclass(frozen=True, slots=True)
class ColumnMatching:
    """All headings of a list in its order. `lacking` names what a roster needs and no heading gives."""

    headings: tuple[MatchedHeading, ...]
    recipes: tuple[ColumnRecipe, ...]
    lacking: tuple[str, ...] = ()
    unknown_choices: tuple[str, ...] = ()
    export: str = ""

    @property
    def clear(self) -> bool:
        """Whether nothing has to be asked."""
        return not (self.lacking or self.unknown_choices or any(one.asked for one in self.headings))

    @property
    def choices(self) -> dict[str, str]:
        """The choices made for headings of this list."""
        return {one.heading: one.column for one in self.headings if one.chosen}


def match_columns(columns: Sequence[ListColumn], choices: Mapping[str, str], kept: Mapping[str, str]) -> ColumnMatching:
    """Match the columns of a list. `choices` were made for this file, `kept` for the audience before."""
    headings = _distinct_headings(columns)
    keys = [heading_key(one) for one in headings]
    now = {heading_key(heading): column for heading, column in choices.items()}
    by_heading = columns_by_heading_key(kept, [one.heading for one in columns]) | now
    unknown = tuple(heading for heading in choices if heading_key(heading) not in keys)
    export, recipes = find_export_recipes([one.heading for one in columns])
    matched = [
        _match_heading(column, heading, by_heading.get(key, ""), export=bool(export))
        for column, heading, key in zip(columns, headings, keys, strict=True)
    ]
    _apply_export_recipes(matched, recipes)
    _join_name_parts(matched)
    _ask_about_repeated_columns(matched, columns, {place for one in recipes for place in one.places})
    _ask_for_needed(matched, columns)
    _guess_answers(matched, columns)
    made = _all_recipes(matched, recipes)
    # A cell far to the right makes thousands of columns with nothing in them.
    shown = tuple(one for one, column in zip(matched, columns, strict=True) if column.heading or column.filled)
    return ColumnMatching(shown, made, _missing_columns(made), unknown, export)


def _distinct_headings(columns: Sequence[ListColumn]) -> list[str]:
    """Each heading by a name that no other has: where one is empty or repeated, its column's letter says which."""
    seen: set[str] = set()
    names = []
    for column in columns:
        name = column.heading
        if not name or heading_key(name) in seen:
            name = f"{name} (column {column_letter(column.place)})".strip()
        seen.add(heading_key(name))
        names.append(name)
    return names


def _match_heading(column: ListColumn, heading: str, chosen: str, *, export: bool) -> MatchedHeading:
    made = MatchedHeading(heading, "", column.place, samples=tuple(column.samples))
    if chosen:
        made.column, made.chosen = chosen, True
        return made
    if export:
        made.column = LEFT_OUT
        return made
    own = (normalised_names([column.heading]) or [""])[0]
    meaning = own if own in STANDARD_COLUMNS else heading_meaning(column.heading)
    if not column.filled:
        # What nobody filled in is no matter to ask about; the standard columns may be empty.
        made.column = meaning if meaning and meaning not in NAME_PARTS else LEFT_OUT
        if not meaning and is_column_name(own):
            made.column = own
    elif meaning:
        made.column = meaning
    elif is_column_name(own):
        made.column = own
    else:
        made.why = "it has no heading" if not column.heading else "this heading is not known"
    return made


def _apply_export_recipes(matched: list[MatchedHeading], recipes: Sequence[ColumnRecipe]) -> None:
    """Where a program's export is known, its own columns are made as it is known, unless somebody chose otherwise."""
    taken = {place: one.column for one in recipes for place in one.places}
    chosen = {one.column for one in matched if one.chosen}
    for one in matched:
        if not one.chosen and one.place in taken:
            one.column = taken[one.place] if taken[one.place] not in chosen else LEFT_OUT


def _join_name_parts(matched: list[MatchedHeading]) -> None:
    """Parts of a name become the name, unless there is a whole one. One word below Name, and a surname beside it, are
    not: that is asked about later, for two headings mean the name then.
    """
    whole = [one for one in matched if one.column == "name"]
    parts = {one.column for one in matched}
    is_half = FIRST not in parts and not any(" " in name for one in whole for name in one.samples)
    for one in matched:
        if not one.chosen and one.column in NAME_PARTS:
            own = (normalised_names([one.heading]) or [""])[0]
            joined = not whole or (is_half and one.column == LAST and not any(other.chosen for other in whole))
            one.column = "name" if joined else own if is_column_name(own) else LEFT_OUT


def _ask_about_repeated_columns(
    matched: list[MatchedHeading], columns: Sequence[ListColumn], exported: Set[int]
) -> None:
    """Two headings for one column are asked about; only a name is made of several, and what an export is known for."""
    by_column: dict[str, list[MatchedHeading]] = {}
    for one in matched:
        if one.column and one.column != LEFT_OUT:
            by_column.setdefault(one.column, []).append(one)
    for column, group in by_column.items():
        chosen = [one for one in group if one.chosen]
        if chosen and column in STANDARD_COLUMNS:
            for one in group:
                if not one.chosen:
                    one.column = LEFT_OUT
            group = chosen  # noqa: PLW2901 (those that are left)
        if (
            len(group) < 2
            or all(one.place in exported for one in group)
            or (column == "name" and _are_name_parts(group))
        ):
            continue
        empty = [one for one in group if not columns[one.place].filled and not one.chosen]
        for one in empty if len(empty) < len(group) else empty[1:]:
            one.column = LEFT_OUT
        rest = [one for one in group if one.column == column]
        for one in rest if len(rest) > 1 else ():
            one.why = f"{len(rest)} headings mean {column}"
            if column == "name" and one is not rest[0] and heading_meaning(one.heading) != LAST:
                one.column = LEFT_OUT  # joined, two people would be one


def _are_name_parts(group: Sequence[MatchedHeading]) -> bool:
    """Whether the parts of a name are its parts by what they are called, or by somebody's choice."""
    if all(one.chosen for one in group):
        return True
    parts = [heading_meaning(one.heading) for one in group if not one.chosen]
    return all(part in NAME_PARTS for part in parts) and len(set(parts)) == len(parts)


def _ask_for_needed(matched: list[MatchedHeading], columns: Sequence[ListColumn]) -> None:
    """Ask about headings that may be what a roster needs and none says, by what stands below them, in their order.

    Addresses are asked about wherever no heading says email: whoever has one only there would be missed.
    """
    there = {one.column for one in matched}
    for one in matched:
        if one.chosen or one.column in STANDARD_COLUMNS or (one.asked and one.column):
            continue
        likely = _likely_column(columns[one.place], there)
        if likely:
            one.column = likely
            one.why = one.why or f"no heading says {likely}"
            there.add(likely)


def _likely_column(column: ListColumn, there: Set[str]) -> str:
    """What a column likely is of what is not there yet; "" where it is likely nothing of it."""
    if column.addresses * 2 > column.filled:
        return "" if "email" in there else "email"
    if column.numbers * 2 > column.filled:
        return "" if there & {"email", "phone"} else "phone"
    return "name" if column.filled and "name" not in there and not (column.addresses or column.numbers) else ""


def _guess_answers(matched: list[MatchedHeading], columns: Sequence[ListColumn]) -> None:
    """The likely answer for what has to be asked besides: a number where there is none yet, else nothing."""
    there = {one.column for one in matched}
    for one in matched:
        if one.asked and not one.column:
            column = columns[one.place]
            one.column = "phone" if "phone" not in there and column.numbers * 2 > column.filled else LEFT_OUT
            there.add(one.column)


def _all_recipes(matched: Sequence[MatchedHeading], known: Sequence[ColumnRecipe]) -> tuple[ColumnRecipe, ...]:
    made: dict[str, list[int]] = {}
    for one in matched:
        if one.column and one.column != LEFT_OUT:
            made.setdefault(one.column, []).append(one.place)
    special = {one.column: one for one in known if set(one.places) == set(made.get(one.column, ()))}
    return tuple(special.get(column) or ColumnRecipe(column, tuple(places)) for column, places in made.items())


def _missing_columns(recipes: Sequence[ColumnRecipe]) -> tuple[str, ...]:
    there = {one.column for one in recipes}
    lacking = [] if "name" in there else ["name"]
    return tuple(lacking if there & {"email", "phone"} else [*lacking, "email or phone"])
