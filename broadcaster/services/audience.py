"""Opening an audience as the project has it: with its defaults, its memory of good rows, its key."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from broadcaster.audiences import Audience, Defaults, Recipient, load_audience, read_roster
from broadcaster.domain.problems import Problem
from broadcaster.ledger import LedgerReader, rosters
from broadcaster.services.project import ProjectView


class RememberedRows:
    """Rows found good before, kept sealed in the ledger, so that an unchanged roster is not examined again."""

    def __init__(self, ledger: LedgerReader) -> None:
        self._ledger = ledger

    def known(self, audience: str, marks: Sequence[bytes]) -> Mapping[bytes, bytes | None]:
        with self._ledger.reading() as conn:
            return rosters.known(conn, audience, marks)

    def remember(self, audience: str, rows: Sequence[tuple[bytes, bytes | None]]) -> None:
        """Nothing is remembered in the ledger: looking does not write."""


def open_audience(project: ProjectView, name: str, *, roster_needed: bool = True) -> Audience:
    """The audience of this name. Raises ProblemsFoundError with all that is wrong with its description."""
    own = project.settings.organisation
    defaults = Defaults(own.language, own.timezone, own.region)
    return load_audience(project.audiences, name, defaults, roster_needed=roster_needed)


def read_recipients(project: ProjectView, audience: Audience, report: Callable[[Problem], None]) -> Iterator[Recipient]:
    """The usable rows of an audience's roster, in order; what is wrong with the others is reported."""
    for found in read_roster(
        audience,
        mark_key=project.keyring.mark_key,
        seen=RememberedRows(project.ledger),
        identity=project.settings.age_identity,
    ):
        if isinstance(found, Recipient):
            yield found
        else:
            report(found)
