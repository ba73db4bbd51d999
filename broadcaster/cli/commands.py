"""All commands, in the order in which `--help` lists them: the order in which people need them.

Each is a line here and a module, which is loaded when the command is typed; `--help` loads none. A test compares each
line with what the command says of itself.
"""

from collections.abc import Mapping
from typing import NamedTuple


class CommandEntry(NamedTuple):
    """A command or a group of commands: the modules of `cli` that define it, and its line in `--help`."""

    modules: tuple[str, ...]
    line: str


COMMANDS: Mapping[str, CommandEntry] = {
    "init": CommandEntry(
        ("setup.init",),
        "Make a project folder: starter letters, audiences and settings, and a key. What is there already is left.",
    ),
    "demo": CommandEntry(
        ("setup.demo",),
        "Show the whole way of a letter in var/demo: invented people, an outbox in a folder; nothing leaves here.",
    ),
    "check": CommandEntry(
        ("setup.check",), "Find everything that is wrong in config, letters, audiences and campaigns, all at once."
    ),
    "preview": CommandEntry(
        ("campaigns.preview",),
        "Show one recipient's message exactly as it would be sent, or send it to yourself as a test.",
    ),
    "plan": CommandEntry(
        ("campaigns.plan",), "Dry run: who would get what, who not and why, what it costs, and the digest to be signed."
    ),
    "doctor": CommandEntry(
        ("operations.doctor",),
        "Look at sending, live: mail server, signatures, alignment, one-click, and the pages from outside.",
    ),
    "submit": CommandEntry(("campaigns.approval",), "Ask a second person to approve a campaign."),
    "approve": CommandEntry(("campaigns.approval",), "Approve what was submitted, exactly as its digest says."),
    "reject": CommandEntry(("campaigns.approval",), "Turn down what was submitted."),
    "call-off": CommandEntry(
        ("campaigns.approval",), "Take back what was submitted or approved, before it begins to go out."
    ),
    "send": CommandEntry(
        ("broadcasts.sending",),
        "Release what was approved and is due, and send until nothing more can go now. Running it again goes on.",
    ),
    "serve": CommandEntry(
        ("operations.serve",), "Keep the campaigns' times and send what is approved, until Ctrl-C or SIGTERM."
    ),
    "invite": CommandEntry(
        ("operations.invite",),
        "Make a link with which somebody chooses a password for the desk: the first one, or a new one.",
    ),
    "confirm": CommandEntry(
        ("operations.invite",), "Confirm that somebody's account at the desk is in their own hands."
    ),
    "bounce": CommandEntry(
        ("operations.bounce",),
        "Take one message that came to the return path, from standard input. For a pipe of your mail server.",
    ),
    "status": CommandEntry(
        ("broadcasts.status",),
        "What is waiting, running and done. Exits with 1 when something approved may not go out as it was meant.",
    ),
    "pause": CommandEntry(("broadcasts.sending",), "Hand out no more batches of a broadcast; what is in flight ends."),
    "resume": CommandEntry(("broadcasts.sending",), "Go on with a broadcast that was paused or halted."),
    "cancel": CommandEntry(
        ("broadcasts.sending",), "End a broadcast for good. What was handed over cannot be taken back."
    ),
    "unsure": CommandEntry(
        ("broadcasts.sending",),
        "List the deliveries that may or may not have been taken; ask the provider about them, or settle them.",
    ),
    "replies": CommandEntry(
        ("recipients.replies",),
        "What people wrote to us: urgent first, then the newest. Numbers are shortened unless --show.",
    ),
    "database": CommandEntry(("operations.database",), "The database that holds the ledger."),
    "audience": CommandEntry(
        ("recipients.audience", "recipients.audience_person"), "Rosters, and the rights of the people on them."
    ),
    "suppress": CommandEntry(("recipients.suppress",), "Addresses that must not be written to, and why."),
}
