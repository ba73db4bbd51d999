"""`broadcaster suppress`: addresses that must not be written to, and why."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from broadcaster.bootstrap.ledger_only import open_view
from broadcaster.bootstrap.wiring import open_project
from broadcaster.cli.app import ByOption, JsonOption, app, project_folder
from broadcaster.cli.common import labels, output
from broadcaster.cli.common.errors import NotConfirmedError
from broadcaster.cli.recipients.audience_person import contact_summary
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.recipients import opt_out_lists, suppression_list, suppression_review
from broadcaster.services.recipients.contact_history import find_contact
from broadcaster.services.recipients.opt_out_lists import MailingTool

suppress_app = typer.Typer(help="Addresses that must not be written to, and why.", no_args_is_help=True)
app.add_typer(suppress_app, name="suppress")

AddressArgument = Annotated[str, typer.Argument(help="An email address or a telephone number.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, in a few words that name nobody.")]


@suppress_app.command()
def add(context: typer.Context, address: AddressArgument, by: ByOption, reason: ReasonOption) -> None:
    """Write to this address no more, whatever roster it is on. It holds from the next batch on."""
    with open_project(project_folder(context)) as project:
        person = command_line_actor(project.settings, by, Permission.SUPPRESS)
        is_new = suppression_list.suppress(project, address, reason, person)
    output.print_line("Suppressed." if is_new else "It was suppressed before; that stays as it was.")


@suppress_app.command()
def remove(context: typer.Context, address: AddressArgument, by: ByOption, reason: ReasonOption) -> None:
    """Allow this address to be written to again, when its owner has said so."""
    with open_project(project_folder(context)) as project:
        person = command_line_actor(project.settings, by, Permission.LIFT)
        lifted = suppression_list.lift(project, address, reason, person)
        known = find_contact(project, suppression_list.identify_address(project, address))
    since = min(one.added_at for one in lifted.was.grounds if one.reason in lifted.reasons)
    output.print_line(f"Lifted. It was suppressed since {since:%Y-%m-%d}: {_reasons_text(lifted.reasons)}.")
    if lifted.standing:
        output.print_line(
            f"It is still suppressed: {_reasons_text(lifted.standing)}. When its owner has said so since, say it again."
        )
    elif not known.allowed:  # by what its owner chose
        for line in contact_summary(known):
            output.print_line(line)
        output.print_line("Only they can change what they chose, by the link in any message they got at this address.")


@suppress_app.command("import")
def import_(  # noqa: PLR0913, PLR0917 (each is an option that people type)
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The opt-outs of another tool: .csv, .tsv, .xlsx, .xls or .ods.")],
    by: ByOption,
    tool: Annotated[MailingTool | None, typer.Option("--from", help="The tool that the list must be from.")] = None,
    sheet: Annotated[str, typer.Option("--sheet", metavar="S", help="Which sheet of a workbook.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before the addresses are suppressed.")] = False,
) -> None:
    """Take over who said no in the tool that you leave. Nobody on the list is written to from the next batch on."""
    with open_project(project_folder(context)) as project:
        person = command_line_actor(project.settings, by, Permission.SUPPRESS)
        agree = (lambda *_: None) if yes else _confirm_import
        done = opt_out_lists.import_opt_outs(project, file, person, tool=tool, sheet=sheet, agree=agree)
    output.print_problems(done.unread)
    output.print_line(f"{done.new:,} addresses are suppressed now; {done.known:,} were before.")
    if done.passed_over:
        output.print_line(
            f"{done.passed_over:,} rows are of people who did not say no ({done.tool}), and were passed over."
        )
    if done.unread:
        output.print_note("These rows may be somebody's no. Look at each, and add it: broadcaster suppress add ADDRESS")
        raise typer.Exit(1)


def _confirm_import(found: opt_out_lists.OptOutImport, count: int) -> None:
    """Ask first, for a list of people who want to get letters looks the same."""
    what = f"{count:,} addresses of {found.tool.value if found.tool else 'this list'} will not be written to any more."
    try:
        agreed = typer.confirm(f"{what} Go on?")
    except typer.Abort:
        typer.echo()
        agreed = False
    if not agreed:
        raise NotConfirmedError("This was not confirmed.", remedy="Nothing was changed. Add --yes not to be asked.")


@suppress_app.command("list")
def list_(
    context: typer.Context,
    as_json: JsonOption = False,
    whole: Annotated[bool, typer.Option("--show", help="Show whole addresses.")] = False,
) -> None:
    """What must not be written to, oldest first; addresses are shortened unless --show."""
    with open_view(project_folder(context)) as view:
        found, chosen = suppression_list.list_suppressions(view), suppression_list.count_preferences(view)
    rows = [
        {
            "address": one.address if whole and one.address else suppression_list.mask_address(one.address),
            "channel": one.channel.value,
            "reason": one.reason,
            "note": one.note,
            "by": one.by,
            "added_at": one.added_at.isoformat(),
            "also": one.reasons[1:],
        }
        for one in found
    ]
    if as_json:
        output.print_json({"suppressions": rows})
    elif not rows:
        output.print_line("Nothing is suppressed.")
    else:
        head = ("address", "channel", "reason", "note", "by", "since")
        plain = ((row, _reasons_text(one.reasons), one.added_at) for row, one in zip(rows, found, strict=True))
        output.print_table(
            head,
            (
                [
                    str(row["address"]),
                    str(row["channel"]),
                    why,
                    str(row["note"]),
                    str(row["by"]),
                    since.isoformat()[:19],
                ]
                for row, why, since in plain
            ),
        )
    if not as_json:
        for preference, count in chosen.items():
            output.print_line(
                f"Not listed: {count:,} chose {labels.CHOSEN_PREFERENCES[preference].replace(', chosen', '')}."
            )
        output.print_line("About one address: broadcaster audience person ADDRESS")


@suppress_app.command()
def review(  # noqa: PLR0913, PLR0917 (one parameter for each option that people can give)
    context: typer.Context,
    lift: Annotated[bool, typer.Option("--lift", help="Lift those that are listed; needs --by and --reason.")] = False,
    by: Annotated[str, typer.Option("--by", metavar="PERSON", help="A key of `people` in config.yaml.")] = "",
    reason: ReasonOption = "",
    as_json: JsonOption = False,
    whole: Annotated[bool, typer.Option("--show", help="Show whole addresses.")] = False,
) -> None:
    """Addresses that were struck off for what is about us, such as a blocklist: see them, and lift them.

    Older versions struck addresses off for such answers. What servers answered is read anew.
    """
    if lift and not (by and reason):
        raise typer.BadParameter("--lift needs --by PERSON and --reason TEXT.")
    lifted = 0
    if lift:
        with open_project(project_folder(context)) as project:
            person = command_line_actor(project.settings, by, Permission.LIFT)
            found = suppression_review.find_liftable_suppressions(project)
            lifted = suppression_review.lift_suppressions(project, found, reason, person)
    else:
        with open_view(project_folder(context)) as view:
            found = suppression_review.find_liftable_suppressions(view)
    if as_json:
        output.print_json({"offered": [_reviewed_as_json(one, whole=whole) for one in found], "lifted": lifted})
        return
    if not found:
        output.print_line("Nothing: whoever is suppressed is so for their own sake, or for a reason that stands.")
        return
    rows = (
        (row["address"], row["since"][:10], row["cause"])
        for row in (_reviewed_as_json(one, whole=whole) for one in found)
    )
    output.print_table(("address", "since", "what the servers said of us"), rows)
    if lift:
        output.print_line(f"Lifted: {lifted:,}. They are written to again from the next broadcast on.")
    else:
        output.print_line("To lift them all: broadcaster suppress review --lift --by PERSON --reason TEXT")


def _reviewed_as_json(one: suppression_review.LiftableSuppression, *, whole: bool) -> dict[str, str]:
    known = one.suppression
    return {
        "address": known.address if whole else suppression_list.mask_address(known.address),
        "since": one.ground.added_at.isoformat(),
        "reason": one.ground.reason.value,
        "cause": one.cause,
        "answer": one.answers[-1],
    }


def _reasons_text(reasons: Sequence[SuppressionReason]) -> str:
    return "; ".join(labels.SUPPRESSION_REASONS[reason] for reason in reasons)
