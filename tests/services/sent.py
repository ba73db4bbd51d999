"""A broadcast that was released and goes to a toy provider, and the reports that come back."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.domain.delivery.reports import Report, ReportedEvent
from broadcaster.ledger.broadcasting import broadcasts, delivery_counters
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.delivery import delivery_search
from broadcaster.ledger.delivery.deliveries import Delivery
from broadcaster.ledger.delivery.delivery_search import ALL_DELIVERIES
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.delivering import dispatch
from broadcaster.services.feedback import provider_reports
from broadcaster.services.project.project import Project, now
from broadcaster.services.recipients import suppression_list
from broadcaster.services.sending.send_command import SendCommand, release_campaign
from tests.projects import CAMPAIGN, Rows, approve, make_project
from tests.services.toy import Toy

_numbers = itertools.count()


def report(attempt_id: str, happened: ReportedEvent, **more: object) -> Report:
    """A report with a key of its own."""
    told = {"key": f"key-{next(_numbers)}", "attempt_id": attempt_id, "happened": happened, "at": now()}
    return Report(**told | more)  # type: ignore[arg-type]  # its own fields


@dataclass(frozen=True)
class Sent:
    """A broadcast that goes to a toy."""

    project: Project
    toy: Toy
    runner: str
    broadcast: Broadcast

    def send(self) -> None:
        dispatch.send_broadcast(self.project, self.runner, self.broadcast.id, dispatch.RunOptions())

    def deliveries(self) -> list[Delivery]:
        with self.project.ledger.reading() as conn:
            return delivery_search.list_page(conn, self.broadcast.id, ALL_DELIVERIES, 0, 10_000)

    def told(self, told: Sequence[Report]) -> None:
        """The provider says it, and it is applied."""
        assert provider_reports.receive(self.project, "toy", told) == len(told)
        assert provider_reports.apply(self.project) == len(told)

    def states(self) -> dict[str, int]:
        with self.project.ledger.reading() as conn:
            return {state.value: n for state, n in delivery_counters.count_by_state(conn, self.broadcast.id).items()}

    def fresh(self) -> Broadcast:
        with self.project.ledger.reading() as conn:
            found = broadcasts.get(conn, self.broadcast.id)
        assert found is not None
        return found

    def suppressed(self) -> dict[str, str]:
        return {one.address: one.reason for one in suppression_list.list_suppressions(self.project)}


@contextmanager
def released(
    folder: Path, people: int | Rows, toy: Toy | None = None, crisis: str = "", **campaign: str
) -> Iterator[Sent]:
    """A campaign that was released, with nobody written to yet."""
    toy = toy or Toy()
    make_project(folder, people, campaigns={CAMPAIGN: campaign})
    approve(folder)
    with open_project(folder) as opened:
        project = replace(opened, providers=dict(opened.providers) | {toy.channel: toy})
        with registered_runner(project) as runner:
            word = SendCommand(command_line_actor(project.settings, "david", Permission.SEND), runner.id, crisis)
            yield Sent(project, toy, runner.id, release_campaign(project, project.campaign(CAMPAIGN), word))


def attempts(sent: Sent) -> list[str]:
    return [f"{one.id}-{one.attempts}" for one in sent.deliveries()]
