"""Commands that only look: check, plan, status."""

from typing import Annotated

import typer

from broadcaster.cli import show, words
from broadcaster.cli.app import Json, app, here
from broadcaster.cli.monitoring import note_unserved, note_untold
from broadcaster.cli.replies import announcement
from broadcaster.config import IfUnsure
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.problems import Level
from broadcaster.domain.states import ApprovalState, BroadcastState
from broadcaster.opening import open_view
from broadcaster.services import replies as replying
from broadcaster.services import status as standing
from broadcaster.services.accounting import Accounts, accounts, accounts_of
from broadcaster.services.approve import SHORTEST_DIGEST
from broadcaster.services.exclusions import EXCLUDED
from broadcaster.services.plan import Plan, plan_ahead
from broadcaster.services.project import now
from broadcaster.services.serving import unserved
from broadcaster.wiring import check_folder


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
    with open_view(here(context)) as project:
        made = plan_ahead(project, project.campaign(campaign))
        waits = next((one for one in accounts_of(project, campaign).accounts if one.wall == made.wall), None)
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
                "sms_segments_at_most": made.sms_segments_at_most,
                "texts_without_no": made.texts_without_no,
                "problems": show.problem_rows(made.problems),
            }
        )
    else:
        show_plan(made)
        show.line("")
        show.line(_next(made, waits.approval if waits else None))
    raise typer.Exit(1 if made.letter_errors or made.row_errors else 0)


def _next(made: Plan, approval: standing.Approval | None) -> str:
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
    show.problems(made.problems)
    show.table(
        ("", ""),
        (
            ("campaign", made.campaign.name),
            ("letter", made.campaign.letter),
            ("audience", ", ".join(made.campaign.audiences)),
            *([("columns", words.columns(made.columns))] if made.columns else []),
            ("goes out", "as soon as it is approved" if made.meant.at_once else f"{made.wall:%A %d %B %Y, %H:%M}"),
            ("messages", f"{made.recipients:,}  ({words.counts(made.by_channel, words.CHANNELS)})"),
            ("languages", words.counts(made.by_language)),
            ("left out", words.counts(made.excluded, EXCLUDED)),
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


@app.command()
def status(
    context: typer.Context,
    broadcast: Annotated[str | None, typer.Argument(help="Its id, or how it begins.")] = None,
    as_json: Json = False,
) -> None:
    """What is waiting, running and done. Exits with 1 when something approved may not go out as it was meant."""
    left: tuple[str, ...] = ()
    billed = 0
    with open_view(here(context)) as project:
        if broadcast is None:
            left = unserved(project, now())
            note_untold(project)
            found = standing.standings(project)
            books = accounts(project)
            new, slow = replying.unseen(project), standing.slow_route(project)
        else:
            one = standing.find(project, broadcast)
            found, books, new = [standing.standing(project, one)], Accounts((), ()), None
            billed = standing.segments_billed(project, one)
            slow = None
    if as_json:
        show_status_json(found)
        for alarm in _alarms(books):
            show.note(alarm)
    elif broadcast is not None:
        show_one(found[0], billed)
    else:
        show_status(found)
        _show_accounts(books)
        if new and new.replies:
            show.line("")
            show.line(announcement(new))
        if slow:
            show.line("")
            show.line(words.slow_route(*slow))
    note_unserved(left)
    raise typer.Exit(1 if books.alarms or left else 0)


def _show_accounts(books: Accounts) -> None:
    """What lies ahead or waits, and which campaigns cannot be looked through."""
    if books.accounts:
        show.line("")
        rows = ((one.campaign, words.when(one), words.account(one)) for one in books.accounts)
        show.table(("coming", "when", "state"), rows)
    for fault in books.faults:
        show.line("")
        show.line(f"{fault.campaign}: {fault.message} [{fault.code}]")
        show.line(f"  {fault.remedy}")
    for alarm in _alarms(books):
        show.line("")
        show.line(alarm)


def _alarms(books: Accounts) -> list[str]:
    """What was approved and may not go out as it was meant, a line each."""
    return [f"ALARM: {one.campaign}, {words.when(one)}: {words.account(one)}" for one in books.alarms]


def show_status_json(found: list[standing.Standing]) -> None:
    """Broadcasts as `--json` shows them."""
    show.document({"broadcasts": [one.as_json() for one in found]})


def show_status(found: list[standing.Standing]) -> None:
    """Broadcasts as a table, with what waits until when, what halted and what is in doubt."""
    if not found:
        show.line("Nothing has been released yet.")
        return
    rows = (
        (
            _short(one),
            one.broadcast.campaign,
            _when(one),
            one.broadcast.state,
            words.counts(one.deliveries, words.STATES),
        )
        for one in found
    )
    show.table(("broadcast", "campaign", "for", "state", "messages"), rows)
    for one in found:
        _show_notes(one)


def show_one(one: standing.Standing, billed: int = 0) -> None:
    """All that is known of one broadcast. `billed` are the segments that the provider says it bills."""
    rows = [
        ("broadcast", one.broadcast.id),
        ("campaign", one.broadcast.campaign),
        ("for", _when(one)),
        ("state", one.broadcast.state),
        ("messages", words.counts(one.deliveries, words.STATES)),
        ("by", words.counts(one.providers)),
        ("left out", words.counts(one.broadcast.exclusions, EXCLUDED)),
    ]
    if billed:
        rows.append(("SMS segments", f"{billed:,}, as the provider bills them so far"))
    if one.broadcast.crisis_reason:
        rows.append(("crisis", one.broadcast.crisis_reason))
    show.table(("", ""), rows)
    _show_notes(one)


def _show_notes(one: standing.Standing) -> None:
    """What a person should know of a broadcast, and what they can do."""
    short = _short(one)
    if one.broadcast.halt_reason and one.broadcast.state is BroadcastState.PAUSED:
        show.line(f"{short} was halted: {one.broadcast.halt_reason}")
        show.line(f"  When it is mended: broadcaster resume {short}")
    if one.came_back:
        show.line(f"ALARM: {short}: {one.came_back}")
    _show_doubts(one)
    bad = {state: one.deliveries.get(state, 0) for state in words.STATES}
    if any(bad.values()):
        show.line(f"{short}: {words.counts(bad, words.STATES)}; who is barred by it: broadcaster suppress list")
    for count, until in one.waits:
        show.line(f"{short}: {count:,} wait until {until.astimezone():%a %d %b, %H:%M %Z}")


def _show_doubts(one: standing.Standing) -> None:
    short, unsure = _short(one), one.deliveries.get("unsure", 0)
    resent = unsure if one.broadcast.if_unsure == IfUnsure.RESEND else 0
    if resent:
        show.line(f"{short}: {resent:,} are unsure, and are sent once more unless the provider reports on them;")
        show.line("  `serve` does so by itself; else run `send` again in a quarter of an hour")
    if in_doubt := unsure - resent + one.deliveries.get("held", 0):
        show.line(f"{short}: {in_doubt:,} wait for your decision; see them: broadcaster unsure {short}")


def _short(one: standing.Standing) -> str:
    return one.broadcast.id[:8]


def _when(one: standing.Standing) -> str:
    return f"{one.broadcast.wall:%a %d %b %Y, %H:%M}"
