"""The command line: parse, call a service, print. No rule lives here."""

import gc
import os
import signal
import sys
from collections.abc import Sequence

LASTING_COMMANDS = (("serve",), ("demo", "--serve"))
"""What goes on until somebody stops it: for these to be stopped is the end that is meant, whenever it comes."""

__all__ = ["main"]


def main() -> None:
    """Run the command that was typed; ends the process with its exit code."""
    if any(_is_typed(words, sys.argv[1:]) for words in LASTING_COMMANDS):
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(0))  # until the command listens itself, and after that
    gc.disable()  # until what is needed is loaded, see `cli.app`
    # Pydantic would look through every installed package for plugins, and hand them what config.yaml says.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        # Loading takes a moment, in which a Ctrl-C is to end quietly too.
        from broadcaster.cli.app import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run()


def _is_typed(command: Sequence[str], words: Sequence[str]) -> bool:
    """Whether this command was typed, with these options."""
    name, *options = command
    return _command(words) == name and set(options) <= set(words)


def _command(words: Sequence[str]) -> str:
    """The command among the words that were typed; "" where there is none or one cannot tell."""
    rest = iter(words)
    for word in rest:
        if word == "-C":
            next(rest, None)
        elif not word.startswith("-"):
            return word
    return ""
