"""The `plan` command: the dry run of a campaign."""

from typing import Annotated

import typer

from broadcaster.bootstrap.ledger_only import open_view
from broadcaster.cli import labels, output
from broadcaster.cli.app import Json, app, here
from broadcaster.domain.states import ApprovalState
from broadcaster.services.approving.decisions import SHORTEST_DIGEST
from broadcaster.services.approving.occurrence_fates import accounts_of
from broadcaster.services.feedback.reasons import EXCLUDED
from broadcaster.services.planning.plan import Plan, plan_ahead
from broadcaster.services.reporting.broadcast_status import Approval


@app.command()
def plan(
    context: typer.Context,
    campaign: Annotated[str, typer.Argument(help="A campaign of config.yaml.")],
    as_json: Json = False,
) -> None:
    """Dry run: who would get what, who not and why, what it costs, and the digest to be signed."""
    with open_view(here(context)) as project:
        made = plan_ahead(project, project.campaign(campaign))
        waits = next((one for one in accounts_of(project, campaign).accounts if one.wall == made.wall), None)
    if as_json:
        output.document(
            {
                "digest": made.digest,
                "occurrence": made.occurrence,
                "recipients": made.recipients,
                "by_channel": made.by_channel,
                "by_language": made.by_language,
                "excluded": made.excluded,
                "sms_segments": made.sms_segments,
                "sms_segments_at_most": made.sms_segments_at_most,
                "texts_without_no": made.texts_without_no,
                "problems": output.problem_rows(made.problems),
            }
        )
    else:
        show_plan(made)
        output.line("")
        output.line(_next(made, waits.approval if waits else None))
    raise typer.Exit(1 if made.letter_errors or made.row_errors else 0)


def _next(made: Plan, approval: Approval | None) -> str:
    """Where the plan stands between its two pairs of eyes, and what is typed next."""
    name = made.campaign.name
    if made.letter_errors or made.row_errors:
        return f"Mend what is listed above, then: broadcaster plan {name}"
    if approval is not None and approval.digest == made.digest and approval.state is ApprovalState.SUBMITTED:
        return (
            f"Submitted by {approval.submitted_by}. A second person approves it: "
            f"broadcaster approve {name} --by PERSON --digest {made.digest[:SHORTEST_DIGEST]}"
        )
    if approval is not None and approval.digest == made.digest and approval.state is ApprovalState.APPROVED:
        return f"Approved by {approval.decided_by}, just as it stands here."
    changed = "It was changed since it was submitted. " if approval and approval.digest != made.digest else ""
    return f"{changed}Next, an author submits it: broadcaster submit {name} --by PERSON"


def show_plan(made: Plan) -> None:
    """A plan as a person reads it."""
    output.problems(made.problems)
    output.table(
        ("", ""),
        (
            ("campaign", made.campaign.name),
            ("letter", made.campaign.letter),
            ("audience", ", ".join(made.campaign.audiences)),
            *([("columns", labels.columns(made.columns))] if made.columns else []),
            ("goes out", "as soon as it is approved" if made.meant.at_once else f"{made.wall:%A %d %B %Y, %H:%M}"),
            ("messages", f"{made.recipients:,}  ({labels.counts(made.by_channel, labels.CHANNELS)})"),
            ("languages", labels.counts(made.by_language)),
            ("left out", labels.counts(made.excluded, EXCLUDED)),
            ("SMS segments", f"{made.sms_segments:,}{_perhaps(made)}{_cost(made)}"),
            *((("saying no", _without_no(made)),) if made.texts_without_no else ()),
            ("digest", made.digest),
        ),
    )


def _without_no(made: Plan) -> str:
    languages = ", ".join(made.texts_without_no)
    return f"the text messages do not say how ({languages}): put {{{{ links.unsubscribe }}}} into the sms block"


def _perhaps(made: Plan) -> str:
    return f", perhaps {made.sms_segments_at_most:,}" if made.sms_segments_at_most > made.sms_segments else ""


def _cost(made: Plan) -> str:
    """What the segments cost, where a price is known."""
    return f"  ({made.sms_cost})" if made.sms_cost and made.sms_segments else ""
