"""The `status` command: what is waiting, running and done."""

from typing import Annotated

import typer

from broadcaster.bootstrap.ledger_only import open_view
from broadcaster.cli.app import JsonOption, app, project_folder
from broadcaster.cli.broadcasts.monitoring_notes import note_unreached_people, note_unserved
from broadcaster.cli.common import labels, output
from broadcaster.config import IfUnsure
from broadcaster.domain.exclusion_reasons import EXCLUSION_WORDS
from broadcaster.domain.states import BroadcastState
from broadcaster.services.approving.occurrence_fates import FateOverview, list_fates
from broadcaster.services.project.process_liveness import list_unserved_broadcasts
from broadcaster.services.project.project import now
from broadcaster.services.reporting import broadcast_status


@app.command()
def status(
    context: typer.Context,
    broadcast: Annotated[str | None, typer.Argument(help="Its id, or how it begins.")] = None,
    as_json: JsonOption = False,
) -> None:
    """What is waiting, running and done. Exits with 1 when something approved may not go out as it was meant."""
    left: tuple[str, ...] = ()
    billed = 0
    with open_view(project_folder(context)) as project:
        if broadcast is None:
            left = list_unserved_broadcasts(project, now())
            note_unreached_people(project)
            found = broadcast_status.list_broadcast_statuses(project)
            books = list_fates(project)
            new, slow = broadcast_status.count_unseen_replies(project), broadcast_status.slow_route(project)
        else:
            one = broadcast_status.find_broadcast(project, broadcast)
            found, books, new = [broadcast_status.get_broadcast_status(project, one)], FateOverview((), ()), None
            billed = broadcast_status.segments_billed(project, one)
            slow = None
    if as_json:
        show_status_json(found)
        for alarm in _alarm_lines(books):
            output.print_note(alarm)
    elif broadcast is not None:
        show_broadcast(found[0], billed)
    else:
        show_status(found)
        _show_occurrences(books)
        if new and new.replies:
            output.print_line("")
            output.print_line(replies_notice(new))
        if slow:
            output.print_line("")
            output.print_line(labels.describe_slow_route(*slow))
    note_unserved(left)
    raise typer.Exit(1 if books.alarms or left else 0)


def replies_notice(new: broadcast_status.UnseenReplies) -> str:
    """What `status` says of replies that nobody has seen; nothing when there are none."""
    if not new.replies:
        return ""
    count = f"{new.replies:,} new {'reply' if new.replies == 1 else 'replies'}"
    return f"{count}{f', {new.urgent:,} urgent' if new.urgent else ''}: broadcaster replies"


def _show_occurrences(books: FateOverview) -> None:
    """What lies ahead or waits, and which campaigns cannot be looked through."""
    if books.accounts:
        output.print_line("")
        rows = ((one.campaign, labels.occurrence_time(one), labels.describe_occurrence(one)) for one in books.accounts)
        output.print_table(("coming", "when", "state"), rows)
    for fault in books.faults:
        output.print_line("")
        output.print_line(f"{fault.campaign}: {fault.message} [{fault.code}]")
        output.print_line(f"  {fault.remedy}")
    for alarm in _alarm_lines(books):
        output.print_line("")
        output.print_line(alarm)


def _alarm_lines(books: FateOverview) -> list[str]:
    """What was approved and may not go out as it was meant, a line each."""
    return [
        f"ALARM: {one.campaign}, {labels.occurrence_time(one)}: {labels.describe_occurrence(one)}"
        for one in books.alarms
    ]


def show_status_json(found: list[broadcast_status.BroadcastStatus]) -> None:
    """Broadcasts as `--json` shows them."""
    output.print_json({"broadcasts": [one.as_json() for one in found]})


def show_status(found: list[broadcast_status.BroadcastStatus]) -> None:
    """Broadcasts as a table, with what waits until when, what halted and what is in doubt."""
    if not found:
        output.print_line("Nothing has been released yet.")
        return
    rows = (
        (
            _short_id(one),
            one.broadcast.campaign,
            _format_wall(one),
            one.broadcast.state,
            labels.format_counts(one.deliveries, labels.DELIVERY_STATES),
        )
        for one in found
    )
    output.print_table(("broadcast", "campaign", "for", "state", "messages"), rows)
    for one in found:
        _show_notes(one)


def show_broadcast(one: broadcast_status.BroadcastStatus, billed: int = 0) -> None:
    """All that is known of one broadcast. `billed` are the segments that the provider says it bills."""
    rows = [
        ("broadcast", one.broadcast.id),
        ("campaign", one.broadcast.campaign),
        ("for", _format_wall(one)),
        ("state", one.broadcast.state),
        ("messages", labels.format_counts(one.deliveries, labels.DELIVERY_STATES)),
        ("by", labels.format_counts(one.providers)),
        ("left out", labels.format_counts(one.broadcast.exclusions, EXCLUSION_WORDS)),
    ]
    if billed:
        rows.append(("SMS segments", f"{billed:,}, as the provider bills them so far"))
    if one.broadcast.crisis_reason:
        rows.append(("crisis", one.broadcast.crisis_reason))
    output.print_table(("", ""), rows)
    _show_notes(one)


def _show_notes(one: broadcast_status.BroadcastStatus) -> None:
    """What a person should know of a broadcast, and what they can do."""
    short = _short_id(one)
    if one.broadcast.halt_reason and one.broadcast.state is BroadcastState.PAUSED:
        output.print_line(f"{short} was halted: {one.broadcast.halt_reason}")
        output.print_line(f"  When it is mended: broadcaster resume {short}")
    if one.came_back:
        output.print_line(f"ALARM: {short}: {one.came_back}")
    _show_unsure(one)
    bad = {state: one.deliveries.get(state, 0) for state in labels.DELIVERY_STATES}
    if any(bad.values()):
        output.print_line(
            f"{short}: {labels.format_counts(bad, labels.DELIVERY_STATES)}; "
            "who is barred by it: broadcaster suppress list"
        )
    for count, until in one.waits:
        output.print_line(f"{short}: {count:,} wait until {until.astimezone():%a %d %b, %H:%M %Z}")


def _show_unsure(one: broadcast_status.BroadcastStatus) -> None:
    short, unsure = _short_id(one), one.deliveries.get("unsure", 0)
    resent = unsure if one.broadcast.if_unsure == IfUnsure.RESEND else 0
    if resent:
        output.print_line(
            f"{short}: {resent:,} are unsure, and are sent once more unless the provider reports on them;"
        )
        output.print_line("  `serve` does so by itself; else run `send` again in a quarter of an hour")
    if in_doubt := unsure - resent + one.deliveries.get("held", 0):
        output.print_line(f"{short}: {in_doubt:,} wait for your decision; see them: broadcaster unsure {short}")


def _short_id(one: broadcast_status.BroadcastStatus) -> str:
    return one.broadcast.id[:8]


def _format_wall(one: broadcast_status.BroadcastStatus) -> str:
    return f"{one.broadcast.wall:%a %d %b %Y, %H:%M}"
