"""The starter content: the letters, audiences and settings with which a new project begins, dated to lie ahead."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import broadcaster
from broadcaster.domain.errors import BroadcasterError

CONFIG_FILE = "config.yaml"
STARTER_FOLDERS = ("templates", "audiences")

_PACKAGED = Path(broadcaster.__file__).parent / "starter"
_CHECKOUT = Path(broadcaster.__file__).parent.parent

_WEEK = timedelta(days=7)
_DATED = re.compile(r"\b(?P<key>when|until|verified|expires)(?P<gap>: *[\"']?)(?P<day>\d{4}-\d\d-\d\d)")
# A comment begins with # at the start of a line or after a space (YAML 1.2, section 6.6).
_COMMENT = re.compile(r"(?:^|\s)#")


class StarterMissingError(BroadcasterError):
    """The starter content is not where it was installed."""

    code = "starter-missing"
    default_remedy = "Install broadcaster again."


def find_starter_folder() -> Path:
    """Where the starter content lies: in the installed package, or in the checkout that this runs from."""
    for place in (_PACKAGED, _CHECKOUT):
        if (place / CONFIG_FILE).is_file() and all((place / name).is_dir() for name in STARTER_FOLDERS):
            return place
    raise StarterMissingError("The starter letters and audiences are not there.")


def list_starter_files(source: Path, today: date) -> Iterator[tuple[Path, bytes]]:
    """Every file of the starter content by its relative path, the settings first, their dates ahead of `today`."""
    settings = (source / CONFIG_FILE).read_text("utf-8")
    yield Path(CONFIG_FILE), shift_dates(settings, date_shift(settings, today)).encode()
    for name in STARTER_FOLDERS:
        for path in sorted((source / name).rglob("*")):
            # What an editor or an interrupted import left there is no content.
            if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                yield path.relative_to(source), path.read_bytes()


def date_shift(settings: str, today: date) -> timedelta:
    """By how much the dates are to be moved: whole weeks, so that the first campaign lies one to two weeks ahead.

    Weekdays stay what they were, and so do the distances: a helpline that was verified a month before a campaign is
    verified before `today`.
    """
    planned = [
        _matched_date(match)
        for line in settings.splitlines()
        for match in _date_matches(line)
        if match["key"] == "when"
    ]
    first = min(planned, default=today + _WEEK)
    return -((first - (today + _WEEK)) // _WEEK) * _WEEK


def shift_dates(settings: str, move: timedelta) -> str:
    """The settings with every `when`, `until`, `verified` and `expires` moved, and all else as it was."""
    return "".join(_shift_line(line, move) for line in settings.splitlines(keepends=True))


def _shift_line(line: str, move: timedelta) -> str:
    for match in reversed(_date_matches(line)):
        line = line[: match.start("day")] + (_matched_date(match) + move).isoformat() + line[match.end("day") :]
    return line


def _date_matches(line: str) -> list[re.Match[str]]:
    comment = _COMMENT.search(line)
    return list(_DATED.finditer(line, 0, comment.start() if comment else len(line)))


def _matched_date(match: re.Match[str]) -> date:
    return date.fromisoformat(match["day"])
