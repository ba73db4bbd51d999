"""`broadcaster replies`: what people wrote to us, so that somebody reads it."""

from pathlib import Path
from typing import Annotated

import typer

from broadcaster.bootstrap.ledger_only import open_view
from broadcaster.bootstrap.wiring import open_project
from broadcaster.cli.app import JsonOption, app, project_folder
from broadcaster.cli.common import output
from broadcaster.domain.delivery.reports import Keyword
from broadcaster.domain.language import language_tags
from broadcaster.domain.text.cleaning import clean_text
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.recipients.suppression_list import mask_address
from broadcaster.services.replies import inbound_texts, senders
from broadcaster.services.replies.inbound_texts import Reply

SHORT_ID = 8


@app.command()
def replies(  # noqa: PLR0913, PLR0917 (one parameter for each option that people can give)
    context: typer.Context,
    as_json: JsonOption = False,
    everything: Annotated[bool, typer.Option("--all", help="Also those that somebody has seen.")] = False,
    whole: Annotated[bool, typer.Option("--show", help="Show whole numbers.")] = False,
    seen: Annotated[
        list[str] | None, typer.Option("--seen", metavar="ID", help="Mark this one as seen; may be said several times.")
    ] = None,
    opened: Annotated[
        str | None, typer.Option("--open", metavar="ID", help="Show the number and the name of who wrote this one.")
    ] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="PERSON", help="Who has seen or opens it.")] = None,
) -> None:
    """What people wrote to us: urgent first, then the newest. Numbers are shortened unless --show."""
    if bool(seen or opened) != bool(by):
        raise typer.BadParameter("--seen ID or --open ID, and --by PERSON, belong together.")
    if opened and by:
        _show_sender(project_folder(context), opened, by, as_json)
        return
    if seen and by:
        with open_project(project_folder(context)) as project:
            inbound_texts.mark_seen(project, seen, command_line_actor(project.settings, by, Permission.LOOK_AT_REPLY))
    with open_view(project_folder(context)) as view:
        found = inbound_texts.list_replies(view, seen=everything)
    if as_json:
        output.print_json({"replies": [_reply_as_json(one, whole) for one in found]})
        return
    if not found:
        output.print_line(
            "Nobody has written to us." if everything else "There is nothing new. Those seen before: --all"
        )
        return
    for one in found:
        _print_reply(one, whole)
    if any(one.seen_at is None for one in found):
        output.print_line(f"Who wrote it? broadcaster replies --open {found[0].id[:SHORT_ID]} --by PERSON")
        output.print_line(f"Read and taken care of? broadcaster replies --seen {found[0].id[:SHORT_ID]} --by PERSON")


def _show_sender(root: Path, wanted: str, by: str, as_json: bool) -> None:
    """Show one reply with who wrote it; the audit log keeps who asked."""
    with open_project(root) as project:
        person = command_line_actor(project.settings, by, Permission.OPEN_REPLY)
        sender = senders.open_sender(project, inbound_texts.find_reply_id(project, wanted), person)
    if as_json:
        output.print_json({"replies": [{**_reply_as_json(sender.reply, whole=True), "name": sender.name}]})
        return
    _print_reply(sender.reply, whole=True)
    output.print_line(f"name: {sender.name or 'not on our lists'}")
    if sender.has_telephone:
        output.print_line(f"No more texts to them? broadcaster suppress add {sender.number} --by PERSON --reason TEXT")


def _print_reply(one: Reply, whole: bool) -> None:
    letter = one.words.letter
    about = f"after {letter.campaign} ({language_tags.language_name(letter.language)})" if letter.campaign else ""
    marks = (
        "URGENT" if one.urgent else "",
        "" if one.keyword is Keyword.OTHER else f"asks for {one.keyword.value.upper()}",
        f"seen by {one.seen_by}" if one.seen_by else "seen" if one.seen_at else "",
    )
    when = f"{one.received_at.astimezone():%a %d %b %Y, %H:%M}"
    head = (one.id[:SHORT_ID], when, f"from {_sender_number(one, whole)}", about, *marks)
    output.print_line("  ".join(part for part in head if part))
    output.print_line(f"    {_safe_text(one)}")
    output.print_line("")


def _reply_as_json(one: Reply, whole: bool) -> dict[str, object]:
    return {
        "id": one.id,
        "from": _sender_number(one, whole),
        "text": _safe_text(one),
        "asks": one.keyword.value,
        "urgent": one.urgent,
        "campaign": one.words.letter.campaign,
        "language": one.words.letter.language,
        "received_at": one.received_at.isoformat(),
        "answered_at": one.answered_at.isoformat() if one.answered_at else None,
        "seen_at": one.seen_at.isoformat() if one.seen_at else None,
        "seen_by": one.seen_by,
    }


def _sender_number(one: Reply, whole: bool) -> str:
    sender = clean_text(one.words.sender)
    return sender if whole and sender else mask_address(sender)


def _safe_text(one: Reply) -> str:
    """What somebody wrote, without what could make a terminal do or show something else than that."""
    return clean_text(one.words.body) or "(no words)"
