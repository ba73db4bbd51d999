"""The two pairs of eyes: submit, approve, reject, call off."""

from typing import Annotated

import typer

from broadcaster.bootstrap.wiring import open_project
from broadcaster.cli.app import ByOption, app, project_folder
from broadcaster.cli.campaigns.plan import show_plan
from broadcaster.cli.common import output
from broadcaster.services.access import passwords
from broadcaster.services.access.permissions import Permission, command_line_actor, list_permitted
from broadcaster.services.approving import calling_off, decisions
from broadcaster.services.planning.submission_terms import SubmissionTerms, terms_of_approval

CampaignArgument = Annotated[str, typer.Argument(help="A campaign of config.yaml.")]


@app.command()
def submit(
    context: typer.Context,
    campaign: CampaignArgument,
    by: ByOption,
    now: Annotated[bool, typer.Option("--now", help="To go out as soon as it is approved.")] = False,
    leave_out: Annotated[
        bool, typer.Option("--leave-out-bad-rows", help="Go on without the rows that cannot be used.")
    ] = False,
) -> None:
    """Ask a second person to approve a campaign."""
    with open_project(project_folder(context)) as project:
        person = command_line_actor(project.settings, by, Permission.SUBMIT, project.campaign(campaign).audiences)
        submitted = decisions.submit(
            project, project.campaign(campaign), person, SubmissionTerms(leave_out=leave_out, at_once=now)
        )
        others = (
            ", ".join(who for who in list_permitted(project.settings, Permission.APPROVE) if who != by)
            or "nobody has the role yet"
        )
    show_plan(submitted.plan)
    output.print_line("")
    output.print_line(f"Submitted. A second person ({others}) looks at the plan and approves it:")
    output.print_line(
        f"  broadcaster approve {campaign} --by PERSON --digest {submitted.plan.digest[: decisions.SHORTEST_DIGEST]}"
    )


@app.command()
def approve(
    context: typer.Context,
    campaign: CampaignArgument,
    by: ByOption,
    digest: Annotated[
        str, typer.Option("--digest", metavar="D", help="What `plan` and `submit` show, or its beginning.")
    ],
) -> None:
    """Approve what was submitted, exactly as its digest says."""
    with open_project(project_folder(context)) as project:
        passwords.refuse_command_line_approval(project)
        person = command_line_actor(project.settings, by, Permission.APPROVE, project.campaign(campaign).audiences)
        approved = decisions.approve(project, project.campaign(campaign), person, digest)
    many = f"{approved.recipients:,} message{'s' * (approved.recipients != 1)}"
    if approved.wall is None:
        output.print_line(f"Approved: each time until {approved.until}, to {approved.at_most:,} people at most.")
    elif terms_of_approval(approved).at_once:
        output.print_line(f"Approved: {many}, to go out at once.")
    else:
        output.print_line(f"Approved: {many}, for {approved.wall:%A %d %B %Y, %H:%M}.")
    at_once = approved.wall is not None and terms_of_approval(approved).at_once
    output.print_line("Nothing has been sent yet. What happens next:")
    output.print_line(
        f"  `broadcaster serve`, where it runs, sends it by itself{'' if at_once else ' when it is time'}."
    )
    output.print_line(
        f"  Where it does not, {'now' if at_once else 'from then on'}: broadcaster send {campaign} --by PERSON"
    )
    output.print_line("Until it goes, a change to the letter, the roster or the time makes this approval void.")


@app.command()
def reject(
    context: typer.Context,
    campaign: CampaignArgument,
    by: ByOption,
    reason: Annotated[str, typer.Option("--reason", help="What the author should change.")] = "",
) -> None:
    """Turn down what was submitted."""
    with open_project(project_folder(context)) as project:
        person = command_line_actor(project.settings, by, Permission.REJECT, project.campaign(campaign).audiences)
        rejected = decisions.reject(project, project.campaign(campaign), person, reason)
    output.print_line(f"Rejected. {rejected.submitted_by} can mend it and submit it again.")


@app.command(name="call-off")
def call_off(context: typer.Context, campaign: CampaignArgument, by: ByOption) -> None:
    """Take back what was submitted or approved, before it begins to go out."""
    with open_project(project_folder(context)) as project:
        known = project.settings.campaigns.get(campaign)
        person = command_line_actor(project.settings, by, Permission.CALL_OFF, known.audiences if known else ())
        calling_off.call_off_approval(project, campaign, person)
    output.print_line("Called off. Nothing was sent.")
