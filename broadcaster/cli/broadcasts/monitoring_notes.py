"""What `status` says to cron and monitoring, on stderr: what nobody works on, and who could not be told."""

from collections.abc import Sequence

from broadcaster.cli.common import output
from broadcaster.services.notifications.unreached import list_unreached_people
from broadcaster.services.project.project import ProjectView, now

SHORT_ID = 8


def note_unserved(broadcasts: Sequence[str]) -> None:
    """Broadcasts that nobody works on, and what to do."""
    for one in broadcasts:
        output.print_note(
            f"{one[:SHORT_ID]} has begun, and no process sends it. Start `broadcaster serve`: it goes on."
        )


def note_unreached_people(view: ProjectView) -> None:
    """Who could not be told of what needs them: whoever reads this may tell them."""
    for one in list_unreached_people(view, now()):
        failed = "may not have been told" if one.unsure else "could not be told"
        output.print_note(f"{one.person} {failed} of what needs them. {one.why.why} {one.why.remedy}")
