"""The `preview` command: one recipient's message, or a test send of it to oneself."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from broadcaster.bootstrap.ledger_only import open_view
from broadcaster.bootstrap.wiring import open_project
from broadcaster.cli.app import JsonOption, app, project_folder
from broadcaster.cli.common import output
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.errors import BroadcasterError
from broadcaster.letters.text.sms_encoding import most_segments
from broadcaster.providers.reasons import explain_code
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.previewing import test_send
from broadcaster.services.previewing.preview import Preview, find_recipient, letter_for_audience, make_preview
from broadcaster.services.previewing.printed_notice import render_notice
from broadcaster.services.previewing.test_send import SendTestRequest


class PreviewFolderError(BroadcasterError):
    """The folder for the parts cannot be used."""

    code = "folder-not-writable"
    default_remedy = "Name another folder after --out."


class PreviewNotSentError(BroadcasterError):
    """The test was not taken."""

    code = "test-not-sent"


class MissingPartError(BroadcasterError):
    """The letter lacks the part asked for."""

    code = "missing-part"
    default_remedy = "Add the block to this language of the letter, or ask for another part."


class PreviewPart(StrEnum):
    """What of a message is shown."""

    SUBJECT = "subject"
    HTML = "html"
    TEXT = "text"
    SMS = "sms"
    EML = "eml"
    PDF = "pdf"


FILE_ENDINGS = {
    PreviewPart.SUBJECT: "txt",
    PreviewPart.HTML: "html",
    PreviewPart.TEXT: "txt",
    PreviewPart.SMS: "txt",
    PreviewPart.EML: "eml",
    PreviewPart.PDF: "pdf",
}


@app.command()
def preview(  # noqa: PLR0913, PLR0917 (one parameter for each option that people can give)
    context: typer.Context,
    letter: Annotated[str, typer.Argument(help="A folder in templates/.")],
    audience: Annotated[str, typer.Option("--audience", metavar="A", help="Whose roster the recipient is on.")],
    campaign: Annotated[
        str | None, typer.Option("--campaign", metavar="C", help="Take name and date from this campaign.")
    ] = None,
    recipient: Annotated[
        str | None,
        typer.Option("--recipient", metavar="EMAIL_OR_PHONE_OR_ROW", help="Whose message; default: the first."),
    ] = None,
    language: Annotated[str | None, typer.Option("--language", metavar="L", help="Show another language.")] = None,
    part: Annotated[PreviewPart | None, typer.Option("--part", help="Print only this part.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write the parts as files into this folder.")
    ] = None,
    send_to: Annotated[
        str | None, typer.Option("--send-to", metavar="ADDRESS", help="Send it to yourself, marked as a test.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="PERSON", help="With --send-to: who you are, as in config.yaml.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show one recipient's message exactly as it would be sent, or send it to yourself as a test."""
    if send_to is not None:
        if by is None:
            raise typer.BadParameter("say who sends the test: --send-to ADDRESS --by PERSON", param_hint="--by")
        with open_project(project_folder(context)) as project:
            tester = command_line_actor(project.settings, by, Permission.TEST, (audience,))
            messages = letter_for_audience(project, letter, audience, campaign)
            person = find_recipient(messages, recipient)
            _report_receipt(
                test_send.send_to_self(project, messages, person, SendTestRequest(send_to, language), tester)
            )
        return
    with open_view(project_folder(context)) as view:
        messages = letter_for_audience(view, letter, audience, campaign)
        person = find_recipient(messages, recipient)
        shown = make_preview(messages, person, language)
        # For nobody on the roster: of the person shown only the language counts.
        pdf = render_notice(messages, shown.language) if part is PreviewPart.PDF else None
    if part not in (None, PreviewPart.PDF) and _message_parts(shown)[part] is None:
        raise MissingPartError(f"{letter} has no {part} in {shown.language}.")
    if as_json:
        output.print_json(shown.as_json())
    elif out is not None:
        _write_parts(out, {**_message_parts(shown), PreviewPart.PDF: pdf}, part)
    elif part is None:
        _print_message(shown, person.row)
    else:
        typer.echo(
            pdf if part is PreviewPart.PDF else _message_parts(shown)[part],
            nl=part not in (PreviewPart.PDF, PreviewPart.EML),
        )


def _message_parts(shown: Preview) -> dict[PreviewPart, str | bytes | None]:
    return {
        PreviewPart.SUBJECT: shown.subject,
        PreviewPart.HTML: shown.html,
        PreviewPart.TEXT: shown.text,
        PreviewPart.SMS: shown.sms.body if shown.sms else None,
        PreviewPart.EML: shown.eml,
    }


def _write_parts(folder: Path, parts: dict[PreviewPart, str | bytes | None], only: PreviewPart | None) -> None:
    """Write each part as `message-<part>.<ending>`; an existing preview is replaced."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part, content in parts.items():
            if content is None or only not in (None, part):
                continue
            path = folder / f"message-{part}.{FILE_ENDINGS[part]}"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            output.print_line(str(path))
    except OSError as error:
        raise PreviewFolderError(f"{folder} cannot be written to: {error.strerror}.") from None


def _print_message(shown: Preview, row: int) -> None:
    """A message as a person reads it on a terminal."""
    output.print_markup(f"[dim]row {row}, {shown.language} ({shown.direction})[/]")
    if shown.text is not None:
        output.print_markup("[bold]Email[/]")
        output.print_line(f"Subject: {shown.subject}")
        if shown.preheader:
            output.print_line(f"Shown beside it: {shown.preheader}")
        output.print_line("")
        output.print_line(shown.text)
    if shown.sms is not None:
        plural = "s" * (shown.sms.segments != 1)
        most = most_segments(shown.sms)
        perhaps = f", perhaps {most}" if most > shown.sms.segments else ""
        output.print_markup(
            f"[bold]SMS[/]  [dim]{shown.sms.segments} segment{plural}{perhaps}, {shown.sms.encoding}[/]"
        )
        output.print_line(shown.sms.body)


def _report_receipt(receipt: Receipt) -> None:
    if receipt.outcome is Outcome.ACCEPTED:
        output.print_line("The test was handed over. Its subject begins with [Test], and its links lead nowhere.")
        return
    why = explain_code(receipt.code)
    raise PreviewNotSentError(f"The test was not sent. {why.why}", remedy=why.remedy)
