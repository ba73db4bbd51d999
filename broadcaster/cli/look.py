"""Commands that only look: check, plan, status."""

from typing import Annotated

import typer

from broadcaster.cli import show
from broadcaster.cli.app import Json, app, here
from broadcaster.domain import walltime
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.problems import Level
from broadcaster.services import status as standing
from broadcaster.services.plan import Plan, plan_ahead
from broadcaster.wiring import check_folder, open_project


@app.command()
def check(context: typer.Context, as_json: Json = False) -> None:
    """Find everything that is wrong in config, letters, audiences and campaigns, all at once."""
    try:
        found = check_folder(here(context))
    except BroadcasterError as error:
        found = [error.as_problem()]
    errors = sum(problem.level is Level.ERROR for problem in found)
    if as_json:
        show.document({"problems": show.problem_rows(found)})
    else:
        show.problems(found)
        warnings = len(found) - errors
        show.line(f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}.")
    raise typer.Exit(1 if errors else 0)


@app.command()
def plan(
    context: typer.Context,
    campaign: Annotated[str, typer.Argument(help="A campaign of config.yaml.")],
    as_json: Json = False,
) -> None:
    """Dry run: who would get what, who not and why, what it costs, and the digest to be signed."""
    with open_project(here(context)) as project:
        made = plan_ahead(project, project.campaign(campaign))
    if as_json:
        show.document(
            {
                "digest": made.digest,
                "occurrence": made.occurrence,
                "recipients": made.recipients,
                "by_channel": made.by_channel,
                "by_language": made.by_language,
                "excluded": made.excluded,
                "sms_segments": made.sms_segments,
                "problems": show.problem_rows(made.problems),
            }
        )
    else:
        show_plan(made)
    raise typer.Exit(1 if made.letter_errors or made.row_errors else 0)


def show_plan(made: Plan) -> None:
    """A plan as a person reads it."""
    show.problems(made.problems)
    show.table(
        ("", ""),
        (
            ("campaign", made.campaign.name),
            ("letter", made.campaign.letter),
            ("goes out", f"{made.wall:%A %d %B %Y, %H:%M}"),
            ("messages", f"{made.recipients:,}  ({show.counts(made.by_channel)})"),
            ("languages", show.counts(made.by_language)),
            ("left out", show.counts(made.excluded)),
            ("SMS segments", f"{made.sms_segments:,}"),
            ("digest", made.digest),
        ),
    )


@app.command()
def status(
    context: typer.Context,
    broadcast: Annotated[str | None, typer.Argument(help="Its id, or how it begins.")] = None,
    as_json: Json = False,
) -> None:
    """What is waiting, running and done."""
    with open_project(here(context)) as project:
        if broadcast is None:
            found = standing.standings(project)
            ahead = standing.ahead(project)
        else:
            found, ahead = [standing.standing(project, standing.find(project, broadcast))], []
    if as_json:
        show_status_json(found)
        return
    show_status(found)
    if ahead:
        show.line("")
        show.table(
            ("coming", "when", "state"),
            ((one.campaign, f"{one.wall:%a %d %b %Y %H:%M}", _words(one.state, one.reason)) for one in ahead),
        )


def show_status_json(found: list[standing.Standing]) -> None:
    """Broadcasts as `--json` shows them."""
    show.document({"broadcasts": [one.as_json() for one in found]})


def show_status(found: list[standing.Standing]) -> None:
    """Broadcasts as a table, with what waits until when and what halted."""
    if not found:
        show.line("Nothing has been released yet.")
        return
    show.table(
        ("broadcast", "campaign", "occurrence", "state", "deliveries", "providers"),
        (
            (
                one.broadcast.id[:8],
                one.broadcast.campaign,
                walltime.key(one.broadcast.wall),
                one.broadcast.state,
                show.counts(one.deliveries),
                show.counts(one.providers),
            )
            for one in found
        ),
    )
    for one in found:
        if one.broadcast.halt_reason:
            show.line(f"{one.broadcast.id[:8]} was halted: {one.broadcast.halt_reason}")
            show.line(f"  When it is mended: broadcaster resume {one.broadcast.id[:8]}")
        for count, until in one.waits:
            show.line(f"{one.broadcast.id[:8]}: {count:,} wait until {until.astimezone():%a %d %b, %H:%M %Z}")


def _words(state: str, reason: str) -> str:
    """A state with its reason in words."""
    return f"{state}: {REASONS.get(reason, reason)}" if reason else state


REASONS = {
    "not-approved": "it is due, and nobody has approved it",
    "late": "it was found too late; `broadcaster send` sends it after all",
    "changed-since-approval": "it was changed after it was approved; submit it again",
    "more-than-approved": "it would reach more people than were approved",
}
