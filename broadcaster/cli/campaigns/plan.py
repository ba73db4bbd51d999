"""The `plan` command: the dry run of a campaign."""

from typing import Annotated

import typer

from broadcaster.bootstrap.ledger_only import open_view
from broadcaster.cli.app import JsonOption, app, project_folder
from broadcaster.cli.common import labels, output
from broadcaster.domain.exclusion_reasons import EXCLUSION_WORDS
from broadcaster.domain.states import ApprovalState
from broadcaster.services.approving.decisions import SHORTEST_DIGEST
from broadcaster.services.approving.occurrence_fates import list_campaign_fates
from broadcaster.services.planning.plan import Plan, plan_submitted_or_next
from broadcaster.services.reporting.broadcast_status import Approval


@app.command()
def plan(
    context: typer.Context,
    campaign: Annotated[str, typer.Argument(help="A campaign of config.yaml.")],
    as_json: JsonOption = False,
) -> None:
    """Dry run: who would get what, who not and why, what it costs, and the digest to be signed."""
    with open_view(project_folder(context)) as project:
        made = plan_submitted_or_next(project, project.campaign(campaign))
        waits = next((one for one in list_campaign_fates(project, campaign).accounts if one.wall == made.wall), None)
    if as_json:
        output.print_json(
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
                "problems": output.problems_as_json(made.problems),
            }
        )
    else:
        show_plan(made)
        output.print_line("")
        output.print_line(_next_step(made, waits.approval if waits else None))
    raise typer.Exit(1 if made.letter_errors or made.row_errors else 0)


def _next_step(made: Plan, approval: Approval | None) -> str:
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
    output.print_problems(made.problems)
    output.print_table(
        ("", ""),
        (
            ("campaign", made.campaign.name),
            ("letter", made.campaign.letter),
            ("audience", ", ".join(made.campaign.audiences)),
            *([("columns", labels.describe_columns(made.columns))] if made.columns else []),
            ("goes out", "as soon as it is approved" if made.terms.at_once else f"{made.wall:%A %d %B %Y, %H:%M}"),
            ("messages", f"{made.recipients:,}  ({labels.format_counts(made.by_channel, labels.CHANNEL_NAMES)})"),
            ("languages", labels.format_counts(made.by_language)),
            ("left out", labels.format_counts(made.excluded, EXCLUSION_WORDS)),
            ("SMS segments", f"{made.sms_segments:,}{_uncertain_note(made)}{_segment_cost(made)}"),
            *((("saying no", _missing_opt_out(made)),) if made.texts_without_no else ()),
            ("digest", made.digest),
        ),
    )


def _missing_opt_out(made: Plan) -> str:
    languages = ", ".join(made.texts_without_no)
    return f"the text messages do not say how ({languages}): put {{{{ links.unsubscribe }}}} into the sms block"


def _uncertain_note(made: Plan) -> str:
    return f", perhaps {made.sms_segments_at_most:,}" if made.sms_segments_at_most > made.sms_segments else ""


def _segment_cost(made: Plan) -> str:
    """What the segments cost, where a price is known."""
    return f"  ({made.sms_cost})" if made.sms_cost and made.sms_segments else ""
