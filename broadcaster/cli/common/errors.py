"""What nobody caught, what the system refused, and what was not confirmed."""

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.unexpected_error import unforeseen_error

__all__ = ["TRACEBACK_VARIABLE", "NotConfirmedError", "explain_os_error", "unforeseen_error"]

TRACEBACK_VARIABLE = "BROADCASTER_TRACEBACK"
"""Set it to see where something unforeseen came from. What it prints may hold personal data."""


class NotConfirmedError(BroadcasterError):
    """The number typed was not the number asked for."""

    code = "not-confirmed"
    default_remedy = "Nothing was sent. Run it again and type the number, or add --yes."


class SystemRefusedError(BroadcasterError):
    """The operating system refused something: no right, no room, no such file."""

    code = "system-refused"
    default_remedy = "Look at the rights, the room on the disk and the name; then run the command again."


def explain_os_error(error: OSError) -> SystemRefusedError:
    """The system's own words, and the file they are about."""
    reason = error.strerror or type(error).__name__
    return SystemRefusedError(f"{error.filename}: {reason}." if error.filename else f"The system refuses: {reason}.")
