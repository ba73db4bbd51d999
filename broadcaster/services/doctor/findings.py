"""What the doctor finds, in plain words."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class FindingLevel(StrEnum):
    """How a finding is to be taken."""

    GOOD = "good"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """One thing that was looked at. `remedy` says what to do; "" where nothing is to be done."""

    code: str
    level: FindingLevel
    message: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        """The row of `doctor --json`."""
        return {key: str(value) for key, value in asdict(self).items()}


def good_finding(code: str, message: str) -> DoctorFinding:
    """It is as it should be."""
    return DoctorFinding(code, FindingLevel.GOOD, message)


def warning_finding(code: str, message: str, remedy: str) -> DoctorFinding:
    """It works, and could be better."""
    return DoctorFinding(code, FindingLevel.WARNING, message, remedy)


def error_finding(code: str, message: str, remedy: str) -> DoctorFinding:
    """It keeps messages or answers from arriving."""
    return DoctorFinding(code, FindingLevel.ERROR, message, remedy)
