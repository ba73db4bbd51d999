"""All commands, in the order in which `--help` lists them: the order in which people need them."""

from broadcaster.cli import (
    bounce,
    database,
    decide,
    demo,
    doctor,
    init,
    invite,
    look,
    person,
    preview,
    replies,
    roster,
    sending,
    serve,
    suppress,
)
from broadcaster.cli.app import app

ORDER = (
    *("init", "demo"),
    *("check", "preview", "plan", "doctor"),
    *("submit", "approve", "reject", "call-off"),
    *("send", "serve", "invite", "confirm", "bounce"),
    *("status", "pause", "resume", "cancel", "unsure", "replies"),
)

# Whoever imports whom decides the order in which they register.
app.registered_commands.sort(key=lambda command: ORDER.index(command.name or getattr(command.callback, "__name__", "")))

__all__ = [
    "ORDER",
    "app",
    "bounce",
    "database",
    "decide",
    "demo",
    "doctor",
    "init",
    "invite",
    "look",
    "person",
    "preview",
    "replies",
    "roster",
    "sending",
    "serve",
    "suppress",
]
