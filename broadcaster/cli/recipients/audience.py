"""`broadcaster audience`: rosters looked through, taken in and given out, and people erased from them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from broadcaster.audiences.importing.import_export import ImportResult, RowsRefusedError
from broadcaster.audiences.importing.list_preparation import ListChoices
from broadcaster.bootstrap.ledger_only import open_view
from broadcaster.bootstrap.wiring import open_project
from broadcaster.cli.app import ByOption, JsonOption, app, project_folder
from broadcaster.cli.common import labels, output
from broadcaster.cli.common.errors import NotConfirmedError
from broadcaster.cli.recipients import list_questions
from broadcaster.domain.exclusion_reasons import EXCLUSION_WORDS
from broadcaster.domain.problems import Problem
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.recipients import erasure
from broadcaster.services.rosters import counting, importing
from broadcaster.services.rosters.import_questions import ListUnclearError, parse_column_choice

audience_app = typer.Typer(help="Rosters, and the rights of the people on them.", no_args_is_help=True)
app.add_typer(audience_app, name="audience")

AudienceArgument = Annotated[str, typer.Argument(help="An audience: the name of its YAML file.")]


@audience_app.command()
def check(context: typer.Context, name: AudienceArgument, as_json: JsonOption = False) -> None:
    """Find everything that is wrong with an audience and its roster, and count who is on it."""
    with open_view(project_folder(context)) as view:
        look = counting.count_audience(view, name)
    if as_json:
        output.print_json({**look.as_json(), "problems": output.problems_as_json(look.problems)})
    else:
        output.print_problems(look.problems)
        output.print_table(("", ""), _audience_table(look))
    raise typer.Exit(1 if look.errors else 0)


@audience_app.command("import")
def import_(  # noqa: PLR0913, PLR0917 (each is an option that people type)
    context: typer.Context,
    name: AudienceArgument,
    file: Annotated[Path, typer.Argument(help="The list: .xlsx, .xls, .ods, .csv, .tsv or .vcf.")],
    sheet: Annotated[str, typer.Option("--sheet", metavar="S", help="Which sheet of a workbook.")] = "",
    column: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="HEADING=COLUMN", help="What a heading means; - leaves its column out."),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="CODE", help="Take what is likely meant, for all problems with this code."),
    ] = None,
    encrypt: Annotated[bool, typer.Option("--encrypt", help="Keep the roster encrypted from now on.")] = False,
    leave_out: Annotated[
        bool, typer.Option("--leave-out-bad-rows", "--leave-out", help="Take the good rows and list the others.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before the old roster is replaced.")] = False,
) -> None:
    """Make a list the roster of an audience. One bad row, and nothing is changed. No copy of the old is kept."""
    choices = ListChoices(sheet, dict(map(parse_column_choice, column or ())), frozenset(accept or ()))
    with open_project(project_folder(context)) as project:
        shown: list[Problem] = []

        def agree(found: ImportResult) -> None:
            shown.extend(_show_import(name, found))
            if importing.has_roster(project, name) and not yes:
                _confirm_replacement(name)

        try:
            audience, done = importing.import_audience_roster(
                project, name, file, choices=choices, encrypt=encrypt, leave_out=leave_out, agree=agree
            )
        except ListUnclearError as error:
            list_questions.show_questions(error.prepared)
            raise
        except RowsRefusedError as error:
            list_questions.show_problem_counts(error.problems)
            raise
    output.print_problems(one for one in done.warnings if one not in shown)
    left = done.rows_left_out
    output.print_line(f"{done.rows:,} people are on {name} now" + (f"; {left:,} rows were left out." if left else "."))
    if encrypt:
        output.print_line(f"The roster is {audience.roster_name}, encrypted. Keep a copy of its key somewhere safe:")
        output.print_line(f"  {project.settings.age_identity}")
    output.print_line("Approvals from before do not hold for the new roster.")


def _show_import(name: str, found: ImportResult) -> tuple[Problem, ...]:
    """What is in a list and what it would change; returns the problems that were shown."""
    problems = (*found.left_out, *found.warnings)
    list_questions.show_matching(found.matching)
    list_questions.show_problem_counts(problems)
    output.print_problems(problems)
    what = found.changes
    output.print_line(
        f"{found.rows:,} people are on the list: {what.added:,} new, {what.changed:,} changed, {what.unchanged:,} as "
        f"before; {what.removed:,} of {name} are not on it."
    )
    return problems


def _confirm_replacement(name: str) -> None:
    """Ask before a roster is replaced, for no copy of it is kept."""
    try:
        agreed = typer.confirm(f"Replace the people on {name}? No copy of the old roster is kept.")
    except typer.Abort:
        typer.echo()
        agreed = False
    if not agreed:
        raise NotConfirmedError("This was not confirmed.", remedy="Nothing was changed. Add --yes not to be asked.")


@audience_app.command()
def export(
    context: typer.Context,
    name: AudienceArgument,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="A new file, instead of printing.")] = None,
) -> None:
    """Write the people of an audience as CSV that a spreadsheet opens safely."""
    with open_project(project_folder(context)) as project:
        look = (
            importing.export_audience_roster(project, name, sys.stdout)
            if out is None
            else importing.export_audience_roster_to(project, name, out)
        )
    if out is not None:
        output.print_line(f"{look.usable:,} people written to {out}. Delete it when it has done its work.")
    if look.errors:
        output.print_note(
            f"{look.unusable:,} rows cannot be used and are not in it; see: broadcaster audience check {name}"
        )


@audience_app.command()
def erase(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="An audience, or `all`.")],
    address: Annotated[str, typer.Argument(help="An email address or a telephone number of the person.")],
    by: ByOption,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, in a few words that name nobody.")],
) -> None:
    """Erase a person for good: from the roster, from what was sent, and from what waits to be sent."""
    with open_project(project_folder(context)) as project:
        person = command_line_actor(project.settings, by, Permission.ERASE)
        done = erasure.erase_person(project, name, address, reason, person)
    rows = sum(done.rows.values())
    output.print_line(
        f"Erased: {rows:,} rows of {', '.join(done.rows)}; {done.emptied:,} messages emptied in the ledger,"
    )
    output.print_line(f"of which {done.skipped:,} will not be sent now; {done.files:,} files removed from the outbox.")
    output.print_line(f"A keyed hash of {done.addresses:,} addresses is kept, so that nobody writes to them again.")
    if done.shared:
        output.print_line(
            "Another address on the same row also stands on somebody else's row, and was kept. If it is the same"
        )
        output.print_line("person's, erase that address too.")
    if done.elsewhere:
        output.print_line(
            f"Still on {', '.join(done.elsewhere)}; to be erased there too: broadcaster audience erase all …"
        )
    output.print_line("Backups, exported files and letters already delivered are out of reach.")


def _audience_table(look: counting.AudienceCount) -> list[tuple[str, str]]:
    return [
        ("audience", look.audience),
        ("usable rows", f"{look.usable:,}"),
        ("unusable rows", f"{look.unusable:,}"),
        ("not written to", labels.format_counts(look.excluded, EXCLUSION_WORDS)),
        ("languages", labels.format_counts(dict(sorted(look.by_language.items())))),
        ("channels", labels.format_counts(dict(sorted(look.by_channel.items())), labels.CHANNEL_NAMES)),
    ]
