"""The `preview` command: one recipient's message, or a test send of it to oneself."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from broadcaster.bootstrap.ledger_only import open_view
from broadcaster.bootstrap.wiring import open_project
from broadcaster.cli import output
from broadcaster.cli.app import Json, app, here
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.receipts import Outcome, Receipt
from broadcaster.letters.sms import most_segments
from broadcaster.providers.reasons import explain
from broadcaster.services.access.permissions import Deed, actor
from broadcaster.services.previewing import preview as previews
from broadcaster.services.previewing import test_send
from broadcaster.services.previewing.printed_notice import printed
from broadcaster.services.previewing.test_send import Trial


class FolderError(BroadcasterError):
    """The folder for the parts cannot be used."""

    code = "folder-not-writable"
    default_remedy = "Name another folder after --out."


class NotSentError(BroadcasterError):
    """The test was not taken."""

    code = "test-not-sent"


class NoSuchPartError(BroadcasterError):
    """The letter lacks the part asked for."""

    code = "missing-part"
    default_remedy = "Add the block to this language of the letter, or ask for another part."


class Part(StrEnum):
    """What of a message is shown."""

    SUBJECT = "subject"
    HTML = "html"
    TEXT = "text"
    SMS = "sms"
    EML = "eml"
    PDF = "pdf"


ENDINGS = {Part.SUBJECT: "txt", Part.HTML: "html", Part.TEXT: "txt", Part.SMS: "txt", Part.EML: "eml", Part.PDF: "pdf"}


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
    part: Annotated[Part | None, typer.Option("--part", help="Print only this part.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write the parts as files into this folder.")
    ] = None,
    send_to: Annotated[
        str | None, typer.Option("--send-to", metavar="ADDRESS", help="Send it to yourself, marked as a test.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="PERSON", help="With --send-to: who you are, as in config.yaml.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show one recipient's message exactly as it would be sent, or send it to yourself as a test."""
    if send_to is not None:
        if by is None:
            raise typer.BadParameter("say who sends the test: --send-to ADDRESS --by PERSON", param_hint="--by")
        with open_project(here(context)) as project:
            tester = actor(project.settings, by, Deed.TEST, (audience,))
            prospects = previews.prospects_for(project, letter, audience, campaign)
            person = previews.find(prospects, recipient)
            _tell(test_send.send(project, prospects, person, Trial(send_to, language), tester))
        return
    with open_view(here(context)) as view:
        prospects = previews.prospects_for(view, letter, audience, campaign)
        person = previews.find(prospects, recipient)
        shown = previews.preview(prospects, person, language)
        # For nobody on the roster: of the person shown only the language counts.
        pdf = printed(prospects, shown.language) if part is Part.PDF else None
    if part not in (None, Part.PDF) and _parts(shown)[part] is None:
        raise NoSuchPartError(f"{letter} has no {part} in {shown.language}.")
    if as_json:
        output.document(shown.as_json())
    elif out is not None:
        _write(out, {**_parts(shown), Part.PDF: pdf}, part)
    elif part is None:
        _print(shown, person.row)
    else:
        typer.echo(pdf if part is Part.PDF else _parts(shown)[part], nl=part not in (Part.PDF, Part.EML))


def _parts(shown: previews.Preview) -> dict[Part, str | bytes | None]:
    return {
        Part.SUBJECT: shown.subject,
        Part.HTML: shown.html,
        Part.TEXT: shown.text,
        Part.SMS: shown.sms.body if shown.sms else None,
        Part.EML: shown.eml,
    }


def _write(folder: Path, parts: dict[Part, str | bytes | None], only: Part | None) -> None:
    """Write each part as `message-<part>.<ending>`; an existing preview is replaced."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part, content in parts.items():
            if content is None or only not in (None, part):
                continue
            path = folder / f"message-{part}.{ENDINGS[part]}"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            output.line(str(path))
    except OSError as error:
        raise FolderError(f"{folder} cannot be written to: {error.strerror}.") from None


def _print(shown: previews.Preview, row: int) -> None:
    """A message as a person reads it on a terminal."""
    output.rich_line(f"[dim]row {row}, {shown.language} ({shown.direction})[/]")
    if shown.text is not None:
        output.rich_line("[bold]Email[/]")
        output.line(f"Subject: {shown.subject}")
        if shown.preheader:
            output.line(f"Shown beside it: {shown.preheader}")
        output.line("")
        output.line(shown.text)
    if shown.sms is not None:
        plural = "s" * (shown.sms.segments != 1)
        most = most_segments(shown.sms)
        perhaps = f", perhaps {most}" if most > shown.sms.segments else ""
        output.rich_line(f"[bold]SMS[/]  [dim]{shown.sms.segments} segment{plural}{perhaps}, {shown.sms.encoding}[/]")
        output.line(shown.sms.body)


def _tell(receipt: Receipt) -> None:
    if receipt.outcome is Outcome.ACCEPTED:
        output.line("The test was handed over. Its subject begins with [Test], and its links lead nowhere.")
        return
    why = explain(receipt.code)
    raise NotSentError(f"The test was not sent. {why.why}", remedy=why.remedy)
