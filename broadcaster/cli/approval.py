"""The two pairs of eyes: submit, approve, reject, call off."""

from typing import Annotated

import typer

from broadcaster.bootstrap.wiring import open_project
from broadcaster.cli import output
from broadcaster.cli.app import By, app, here
from broadcaster.cli.plan import show_plan
from broadcaster.services.access import signing_in
from broadcaster.services.access.permissions import Deed, able, actor
from broadcaster.services.approving import decisions as eyes
from broadcaster.services.approving import withdrawal as calling_off
from broadcaster.services.planning.terms import Terms, terms_of

Campaign = Annotated[str, typer.Argument(help="A campaign of config.yaml.")]


@app.command()
def submit(
    context: typer.Context,
    campaign: Campaign,
    by: By,
    now: Annotated[bool, typer.Option("--now", help="To go out as soon as it is approved.")] = False,
    leave_out: Annotated[
        bool, typer.Option("--leave-out-bad-rows", help="Go on without the rows that cannot be used.")
    ] = False,
) -> None:
    """Ask a second person to approve a campaign."""
    with open_project(here(context)) as project:
        person = actor(project.settings, by, Deed.SUBMIT, project.campaign(campaign).audiences)
        submitted = eyes.submit(project, project.campaign(campaign), person, Terms(leave_out=leave_out, at_once=now))
        others = (
            ", ".join(who for who in able(project.settings, Deed.APPROVE) if who != by) or "nobody has the role yet"
        )
    show_plan(submitted.plan)
    output.line("")
    output.line(f"Submitted. A second person ({others}) looks at the plan and approves it:")
    output.line(
        f"  broadcaster approve {campaign} --by PERSON --digest {submitted.plan.digest[: eyes.SHORTEST_DIGEST]}"
    )


@app.command()
def approve(
    context: typer.Context,
    campaign: Campaign,
    by: By,
    digest: Annotated[
        str, typer.Option("--digest", metavar="D", help="What `plan` and `submit` show, or its beginning.")
    ],
) -> None:
    """Approve what was submitted, exactly as its digest says."""
    with open_project(here(context)) as project:
        signing_in.refuse_command_line(project)
        person = actor(project.settings, by, Deed.APPROVE, project.campaign(campaign).audiences)
        approved = eyes.approve(project, project.campaign(campaign), person, digest)
    many = f"{approved.recipients:,} message{'s' * (approved.recipients != 1)}"
    if approved.wall is None:
        output.line(f"Approved: each time until {approved.until}, to {approved.at_most:,} people at most.")
    elif terms_of(approved).at_once:
        output.line(f"Approved: {many}, to go out at once.")
    else:
        output.line(f"Approved: {many}, for {approved.wall:%A %d %B %Y, %H:%M}.")
    at_once = approved.wall is not None and terms_of(approved).at_once
    output.line("Nothing has been sent yet. What happens next:")
    output.line(f"  `broadcaster serve`, where it runs, sends it by itself{'' if at_once else ' when it is time'}.")
    output.line(f"  Where it does not, {'now' if at_once else 'from then on'}: broadcaster send {campaign} --by PERSON")
    output.line("Until it goes, a change to the letter, the roster or the time makes this approval void.")


@app.command()
def reject(
    context: typer.Context,
    campaign: Campaign,
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="What the author should change.")] = "",
) -> None:
    """Turn down what was submitted."""
    with open_project(here(context)) as project:
        person = actor(project.settings, by, Deed.REJECT, project.campaign(campaign).audiences)
        rejected = eyes.reject(project, project.campaign(campaign), person, reason)
    output.line(f"Rejected. {rejected.submitted_by} can mend it and submit it again.")


@app.command(name="call-off")
def call_off(context: typer.Context, campaign: Campaign, by: By) -> None:
    """Take back what was submitted or approved, before it begins to go out."""
    with open_project(here(context)) as project:
        known = project.settings.campaigns.get(campaign)
        person = actor(project.settings, by, Deed.CALL_OFF, known.audiences if known else ())
        calling_off.call_off(project, campaign, person)
    output.line("Called off. Nothing was sent.")
