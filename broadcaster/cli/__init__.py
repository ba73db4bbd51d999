"""The command line: parse, call a service, print. No rule lives here."""

from broadcaster.cli import commands
from broadcaster.cli.app import main

__all__ = ["commands", "main"]
