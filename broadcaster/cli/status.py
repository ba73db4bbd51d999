"""The `status` command: what is waiting, running and done."""

from typing import Annotated

import typer

from broadcaster.bootstrap.ledger_only import open_view
from broadcaster.cli import labels, output
from broadcaster.cli.app import Json, app, here
from broadcaster.cli.monitoring import note_unserved, note_untold
from broadcaster.config import IfUnsure
from broadcaster.domain.states import BroadcastState
from broadcaster.services.approving.occurrence_fates import Accounts, accounts
from broadcaster.services.feedback.reasons import EXCLUDED
from broadcaster.services.project.process_liveness import unserved
from broadcaster.services.project.project import now
from broadcaster.services.reporting import broadcast_status as standing


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
            new, slow = standing.unseen_replies(project), standing.slow_route(project)
        else:
            one = standing.find(project, broadcast)
            found, books, new = [standing.standing(project, one)], Accounts((), ()), None
            billed = standing.segments_billed(project, one)
            slow = None
    if as_json:
        show_status_json(found)
        for alarm in _alarms(books):
            output.note(alarm)
    elif broadcast is not None:
        show_one(found[0], billed)
    else:
        show_status(found)
        _show_accounts(books)
        if new and new.replies:
            output.line("")
            output.line(announcement(new))
        if slow:
            output.line("")
            output.line(labels.slow_route(*slow))
    note_unserved(left)
    raise typer.Exit(1 if books.alarms or left else 0)


def announcement(new: standing.Unseen) -> str:
    """What `status` says of replies that nobody has seen; nothing when there are none."""
    if not new.replies:
        return ""
    count = f"{new.replies:,} new {'reply' if new.replies == 1 else 'replies'}"
    return f"{count}{f', {new.urgent:,} urgent' if new.urgent else ''}: broadcaster replies"


def _show_accounts(books: Accounts) -> None:
    """What lies ahead or waits, and which campaigns cannot be looked through."""
    if books.accounts:
        output.line("")
        rows = ((one.campaign, labels.when(one), labels.account(one)) for one in books.accounts)
        output.table(("coming", "when", "state"), rows)
    for fault in books.faults:
        output.line("")
        output.line(f"{fault.campaign}: {fault.message} [{fault.code}]")
        output.line(f"  {fault.remedy}")
    for alarm in _alarms(books):
        output.line("")
        output.line(alarm)


def _alarms(books: Accounts) -> list[str]:
    """What was approved and may not go out as it was meant, a line each."""
    return [f"ALARM: {one.campaign}, {labels.when(one)}: {labels.account(one)}" for one in books.alarms]


def show_status_json(found: list[standing.Standing]) -> None:
    """Broadcasts as `--json` shows them."""
    output.document({"broadcasts": [one.as_json() for one in found]})


def show_status(found: list[standing.Standing]) -> None:
    """Broadcasts as a table, with what waits until when, what halted and what is in doubt."""
    if not found:
        output.line("Nothing has been released yet.")
        return
    rows = (
        (
            _short(one),
            one.broadcast.campaign,
            _when(one),
            one.broadcast.state,
            labels.counts(one.deliveries, labels.STATES),
        )
        for one in found
    )
    output.table(("broadcast", "campaign", "for", "state", "messages"), rows)
    for one in found:
        _show_notes(one)


def show_one(one: standing.Standing, billed: int = 0) -> None:
    """All that is known of one broadcast. `billed` are the segments that the provider says it bills."""
    rows = [
        ("broadcast", one.broadcast.id),
        ("campaign", one.broadcast.campaign),
        ("for", _when(one)),
        ("state", one.broadcast.state),
        ("messages", labels.counts(one.deliveries, labels.STATES)),
        ("by", labels.counts(one.providers)),
        ("left out", labels.counts(one.broadcast.exclusions, EXCLUDED)),
    ]
    if billed:
        rows.append(("SMS segments", f"{billed:,}, as the provider bills them so far"))
    if one.broadcast.crisis_reason:
        rows.append(("crisis", one.broadcast.crisis_reason))
    output.table(("", ""), rows)
    _show_notes(one)


def _show_notes(one: standing.Standing) -> None:
    """What a person should know of a broadcast, and what they can do."""
    short = _short(one)
    if one.broadcast.halt_reason and one.broadcast.state is BroadcastState.PAUSED:
        output.line(f"{short} was halted: {one.broadcast.halt_reason}")
        output.line(f"  When it is mended: broadcaster resume {short}")
    if one.came_back:
        output.line(f"ALARM: {short}: {one.came_back}")
    _show_doubts(one)
    bad = {state: one.deliveries.get(state, 0) for state in labels.STATES}
    if any(bad.values()):
        output.line(f"{short}: {labels.counts(bad, labels.STATES)}; who is barred by it: broadcaster suppress list")
    for count, until in one.waits:
        output.line(f"{short}: {count:,} wait until {until.astimezone():%a %d %b, %H:%M %Z}")


def _show_doubts(one: standing.Standing) -> None:
    short, unsure = _short(one), one.deliveries.get("unsure", 0)
    resent = unsure if one.broadcast.if_unsure == IfUnsure.RESEND else 0
    if resent:
        output.line(f"{short}: {resent:,} are unsure, and are sent once more unless the provider reports on them;")
        output.line("  `serve` does so by itself; else run `send` again in a quarter of an hour")
    if in_doubt := unsure - resent + one.deliveries.get("held", 0):
        output.line(f"{short}: {in_doubt:,} wait for your decision; see them: broadcaster unsure {short}")


def _short(one: standing.Standing) -> str:
    return one.broadcast.id[:8]


def _when(one: standing.Standing) -> str:
    return f"{one.broadcast.wall:%a %d %b %Y, %H:%M}"
