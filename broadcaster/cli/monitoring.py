"""What `status` says to cron and monitoring, on stderr: what nobody works on, and who could not be told."""

from broadcaster.cli import show
from broadcaster.services.notifications.untold import untold
from broadcaster.services.project import Project, now
from broadcaster.services.serving import Unserved

SHORT_ID = 8


def note_unserved(left: Unserved) -> None:
    """What nobody works on, and what to do."""
    for one in left.occurrences:
        show.note(f"{one.campaign} was due {one.due_at.astimezone():%a %d %b, %H:%M %Z}, and no process releases it.")
    for broadcast_id in left.broadcasts:
        show.note(f"{broadcast_id[:SHORT_ID]} has begun, and no process sends it.")
    if left:
        show.note("Start `broadcaster serve`: it goes on where it was. Its log says why it ended.")


def note_untold(project: Project) -> None:
    """Who could not be told of what needs them: whoever reads this may tell them."""
    for one in untold(project, now()):
        failed = "may not have been told" if one.unsure else "could not be told"
        show.note(f"{one.person} {failed} of what needs them. {one.why.why} {one.why.remedy}")
