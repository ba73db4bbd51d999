"""The `bounce` command: one message that came to the return path, from a mail system's pipe.

It loads as little as it can, for it is started once for each message.
"""

import sys
from typing import Annotated

import typer

from broadcaster.bootstrap.ledger_only import opened, settings_of
from broadcaster.cli import output
from broadcaster.cli.app import app, here
from broadcaster.cli.errors import system_refused, unforeseen
from broadcaster.domain.errors import BroadcasterError
from broadcaster.providers.smtp.mailparts import MESSAGE_LIMIT
from broadcaster.services.feedback import bounce_mail

KEEP_IT = 75
"""EX_TEMPFAIL of sysexits.h: the mail system keeps the message and comes again. Any other failure would make it send a
bounce of the bounce."""


@app.command()
def bounce(
    context: typer.Context,
    to: Annotated[str, typer.Option("--to", metavar="ADDRESS", help="The address that it was sent to.")] = "",
) -> None:
    """Take one message that came to the return path, from standard input. For a pipe of your mail server."""
    try:
        data = _read_all()
        with opened(settings_of(here(context))) as project:
            report = bounce_mail.take(project, data, to)
    except BroadcasterError as error:
        output.error(error)
        raise typer.Exit(KEEP_IT) from None
    except OSError as error:
        output.error(system_refused(error))
        raise typer.Exit(KEEP_IT) from None
    except Exception as error:
        output.error(unforeseen(error))
        raise typer.Exit(KEEP_IT) from None
    output.line(f"Taken: {report.happened}." if report else "No bounce of ours; nothing was changed.")


def _read_all() -> bytes:
    """What was piped in, as far as it is looked at. All of it is read: a mail system minds when nobody listens."""
    data = sys.stdin.buffer.read(MESSAGE_LIMIT)
    while sys.stdin.buffer.read(1 << 16):
        continue
    return data
