"""Unexpected errors in one line without a traceback, for a traceback may hold personal data."""

import traceback
from pathlib import Path

import broadcaster
from broadcaster.domain.errors import BroadcasterError

_HOME = Path(broadcaster.__file__).parent


class UnforeseenError(BroadcasterError):
    """A mistake of ours; `what` is its kind and its place in our code."""

    code = "unforeseen"
    default_remedy = (
        "This is a mistake in broadcaster. What is recorded stays recorded: see `broadcaster status`. Please report it "
        "with this line."
    )

    def __init__(self, what: str, *, file: str | None = None) -> None:
        super().__init__(f"Something went wrong that nobody foresaw: {what}.", file=file)
        self.what = what


def unforeseen_error(error: BaseException, file: str | None = None) -> UnforeseenError:
    """The kind of error and the place in our code; never its message, which may hold somebody's address. `file` is what
    was being worked on.
    """
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if _HOME in Path(frame.filename).parents]
    where = f" at {Path(ours[-1].filename).relative_to(_HOME)}:{ours[-1].lineno}" if ours else ""
    return UnforeseenError(f"{type(error).__name__}{where}", file=file)
