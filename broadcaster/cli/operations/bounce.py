"""The `bounce` command: one message that came to the return path, from a mail system's pipe.

It loads as little as it can, for it is started once for each message.
"""

import sys
from typing import Annotated

import typer

from broadcaster.bootstrap.ledger_only import load_project_settings, open_without_providers
from broadcaster.cli.app import app, project_folder
from broadcaster.cli.common import output
from broadcaster.cli.common.errors import explain_os_error, unforeseen_error
from broadcaster.domain.errors import BroadcasterError
from broadcaster.providers.smtp.bounces.mime_parts import MESSAGE_LIMIT
from broadcaster.services.feedback import bounce_mail

EXIT_TEMPFAIL = 75
"""EX_TEMPFAIL of sysexits.h: the mail system keeps the message and comes again. Any other failure would make it send a
bounce of the bounce."""


@app.command()
def bounce(
    context: typer.Context,
    to: Annotated[str, typer.Option("--to", metavar="ADDRESS", help="The address that it was sent to.")] = "",
) -> None:
    """Take one message that came to the return path, from standard input. For a pipe of your mail server."""
    try:
        data = _read_message()
        with open_without_providers(load_project_settings(project_folder(context))) as project:
            report = bounce_mail.receive_bounce(project, data, to)
    except BroadcasterError as error:
        output.print_error(error)
        raise typer.Exit(EXIT_TEMPFAIL) from None
    except OSError as error:
        output.print_error(explain_os_error(error))
        raise typer.Exit(EXIT_TEMPFAIL) from None
    except Exception as error:
        output.print_error(unforeseen_error(error))
        raise typer.Exit(EXIT_TEMPFAIL) from None
    output.print_line(f"Taken: {report.happened}." if report else "No bounce of ours; nothing was changed.")


def _read_message() -> bytes:
    """What was piped in, as far as it is looked at. All of it is read: a mail system minds when nobody listens."""
    data = sys.stdin.buffer.read(MESSAGE_LIMIT)
    while sys.stdin.buffer.read(1 << 16):
        continue
    return data
