"""What the doctor finds, in plain words."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a finding is to be taken."""

    GOOD = "good"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `remedy` says what to do; "" where nothing is to be done."""

    code: str
    level: Level
    message: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        """The row of `doctor --json`."""
        return {key: str(value) for key, value in asdict(self).items()}


def good(code: str, message: str) -> Finding:
    """It is as it should be."""
    return Finding(code, Level.GOOD, message)


def warning(code: str, message: str, remedy: str) -> Finding:
    """It works, and could be better."""
    return Finding(code, Level.WARNING, message, remedy)


def error(code: str, message: str, remedy: str) -> Finding:
    """It keeps messages or answers from arriving."""
    return Finding(code, Level.ERROR, message, remedy)
