"""The command line: parse, call a service, print. No rule lives here."""

import sys

__all__ = ["main"]


def main() -> None:
    """Load the commands and run the one that was typed; ends the process with its exit code."""
    try:
        # Loading takes a moment, in which a Ctrl-C is to end quietly too.
        from broadcaster.cli import commands  # noqa: F401, PLC0415 (loading it registers them; why here, see above)
        from broadcaster.cli.app import main as run  # noqa: PLC0415 (as above)
    except KeyboardInterrupt:
        sys.exit(130)
    run()
