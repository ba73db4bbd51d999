"""Lists as people have them, made ready for being taken in; and what has to be asked about one before it can be."""

from collections.abc import Iterator, Mapping

from broadcaster.audiences.addresses.mobile_numbers import is_country_reading_code
from broadcaster.audiences.columns.arrangement import LEFT_OUT, heading_key
from broadcaster.audiences.columns.column_matching import ColumnMatching
from broadcaster.audiences.columns.column_names import SheetError, is_column_name
from broadcaster.audiences.description.audience import Audience
from broadcaster.audiences.importing.list_preparation import QUESTION_CODES, ListChoices, PreparedList, prepare_list
from broadcaster.audiences.model.row_errors import ACCEPTABLE_CODES
from broadcaster.audiences.storage.encrypted_file import FileSource
from broadcaster.config.yaml_files.editing import YamlEditor, quote_yaml
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Problem
from broadcaster.services.project.project import ProjectView
from broadcaster.services.rosters import upload_files


class ListUnclearError(ProblemsFoundError):
    """Something about a list has to be said before it can be taken in; `prepare_for_import` has the questions."""

    code = "list-unclear"
    default_remedy = "Say what is asked, and run the command again. Nothing was changed."

    def __init__(self, prepared: PreparedList, file: str) -> None:
        super().__init__(tuple(_question_problems(prepared, file)))
        self.prepared = prepared


class ColumnChoiceError(BroadcasterError):
    """A choice of a column is none."""

    code = "column-choice"
    default_remedy = "Write  --column 'HEADING=column',  with a column such as name, email or phone; - leaves it out."


class UnknownAcceptCodeError(BroadcasterError):
    """A code whose problems shall be accepted is none of those that can be."""

    code = "accept-unknown"
    default_remedy = (
        f"Give one of these to --accept: {', '.join(sorted(ACCEPTABLE_CODES | QUESTION_CODES))}, or the country that "
        "numbers are read as, such as phone+880."
    )


def prepare_for_import(
    project: ProjectView, audience: Audience, source: FileSource, choices: ListChoices
) -> PreparedList:
    """A list that can be taken in. Raises ListUnclearError, and ProblemsFoundError for what is no list; AcceptError and
    ColumnChoiceError for choices that are none.
    """
    if any(not is_country_reading_code(code) for code in choices.accept - ACCEPTABLE_CODES - QUESTION_CODES):
        raise UnknownAcceptCodeError("There is no problem with such a code that can be accepted.")
    for column in choices.columns.values():
        if column != LEFT_OUT and not is_column_name(column):
            raise ColumnChoiceError("A heading was matched with something that cannot be the name of a column.")
    identity = project.settings.age_identity
    try:
        found = prepare_list(
            source, choices, audience.description.columns, lambda: upload_files.new_upload(project), identity=identity
        )
    except SheetError as error:
        raise ProblemsFoundError(tuple(flaw.at(source.name, None) for flaw in error.flaws)) from None
    if not found.clear:
        raise ListUnclearError(found, source.name)
    return found


def parse_column_choice(text: str) -> tuple[str, str]:
    """`HEADING=column` as a heading and a column. Raises ColumnChoiceError."""
    heading, equals, column = text.rpartition("=")
    if not equals or not heading.strip():
        raise ColumnChoiceError("A choice of a column has no heading, or no column.")
    return heading.strip(), column.strip().lower()


def save_column_choices(project: ProjectView, audience: Audience, matching: ColumnMatching) -> Problem | None:
    """Write what was chosen into the audience's YAML, for the next list. The problem, if that cannot be done."""
    again = {heading_key(heading) for heading in matching.choices}
    before = audience.description.columns.items()
    wanted = {heading: column for heading, column in before if heading_key(heading) not in again} | matching.choices
    wanted |= dict(_shadowing_headings(matching, wanted))
    if wanted == dict(audience.description.columns):
        return None
    lines = [f"{quote_yaml(heading)}: {quote_yaml(column)}" for heading, column in wanted.items()]
    try:
        text = YamlEditor(project.root / audience.file, project.root)
        if text.has("columns"):
            text.replace(("columns",), "columns:", *(f"  {line}" for line in lines))
        else:
            text.add("columns", *lines)
        text.save()
    except (BroadcasterError, OSError):
        remedy = f"Write it there yourself:  columns: {{{', '.join(lines)}}}"
        message = "what the headings mean could not be kept in the description"
        return Problem.warning("columns-not-kept", message, remedy, file=audience.file)
    return None


def _shadowing_headings(matching: ColumnMatching, wanted: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Headings that nobody chose, but whose column has the name of a heading that means another one: kept, they tell
    that in the roster this name is the column itself (see `arrangement.columns_by_heading_key`).
    """
    keys = {heading_key(heading) for heading in wanted}
    for one in matching.headings:
        if one.column in keys and one.column not in wanted.values():
            yield one.heading, one.column


def _question_problems(found: PreparedList, file: str) -> Iterator[Problem]:
    if found.sheets:
        message = f"the workbook has {len(found.sheets)} sheets to choose from, and which one is meant was not said"
        yield Problem.error("which-sheet", message, "Say it:  --sheet NAME", file=file)
    for doubt in found.doubts:
        ways = " or ".join(f"--accept {code}" for code in doubt.codes)
        remedy = f"{doubt.flaw.remedy} To go on:  {ways}" if ways else doubt.flaw.remedy
        yield Problem.error(doubt.flaw.code, doubt.flaw.message, remedy, file=file)
    matching = found.matching
    if matching is None:
        return
    if matching.unknown_choices:
        message = f"{len(matching.unknown_choices)} headings that were matched with a column are not in the list"
        yield Problem.error("column-choice", message, "Write them as they stand in the list.", file=file)
    asked = [one for one in matching.headings if one.asked]
    if asked:
        message = f"{len(asked)} of its headings must be matched with a column"
        yield Problem.error("columns-unmatched", message, "Match each:  --column 'HEADING=column'", file=file)
    if matching.lacking and not asked:
        message = f"no heading gives {' and '.join(matching.lacking)}"
        remedy = "Say which column it is:  --column 'HEADING=column'"
        yield Problem.error("columns-unmatched", message, remedy, file=file)
