"""What is in doubt, and what the providers are asked about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.outgoing_messages import Outgoing
from broadcaster.domain.delivery.reports import ReportedEvent
from broadcaster.domain.delivery.unsure_attempts import UnsureAttempt
from broadcaster.ledger.database import tables
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.feedback import provider_reports
from broadcaster.services.project.project import now
from broadcaster.services.recipients import erasure
from broadcaster.services.sending import unsure
from tests.projects import AUDIENCE, person
from tests.services import toy
from tests.services.sent import attempts, released, report
from tests.services.toy import Toy


@dataclass
class Asked(toy.Toy):
    """Keeps what it was asked about, made again as it would have to compare it."""

    again: list[Outgoing | None] = field(default_factory=list)

    def evidence(self, doubts: Sequence[UnsureAttempt]) -> Mapping[str, bool]:
        self.again = [one.message() for one in doubts]
        return {}


def texting(number: int) -> dict[str, str]:
    """Somebody who has a telephone only."""
    return person(number, email="", phone=f"+44770090010{number}")


def test_of_somebody_who_was_erased_no_message_is_made_again(tmp_path: Path) -> None:
    asked = Asked(Channel.SMS, toy.unsure)
    with released(tmp_path / "p", [texting(0), texting(1)], asked) as sent:
        sent.send()
        by = command_line_actor(sent.project.settings, "wenmei", Permission.ERASE)
        erasure.erase_person(sent.project, AUDIENCE, "+447700900100", "asked to be", by)
        unsure.reconcile(sent.project, sent.broadcast)
        assert [one and one.to for one in asked.again] == [None, "+447700900101"]


@pytest.mark.parametrize(("reports_back", "minutes", "resent"), [(True, 14, 0), (True, 16, 1), (False, 0, 1)])
def test_a_resend_waits_until_no_report_can_be_on_its_way(
    tmp_path: Path, reports_back: bool, minutes: int, resent: int
) -> None:
    with released(tmp_path / "p", 1, Toy(answer=toy.unsure), if_unsure="resend") as sent:
        sent.send()
        hooks = {"toy": sent.toy} if reports_back else {}
        project = replace(sent.project, hooks=hooks)  # type: ignore[arg-type]  # a toy answers no requests
        with project.ledger.writing() as conn:
            conn.execute(tables.attempts.update().values(started_at=now() - timedelta(minutes=minutes)))
        unsure.reconcile(project, sent.broadcast)
        sent.send()
        assert len(sent.toy.had) == 1 + resent


def test_a_report_that_comes_in_time_settles_what_would_have_been_resent(tmp_path: Path) -> None:
    with released(tmp_path / "p", 2, Toy(answer=toy.unsure), if_unsure="resend") as sent:
        sent.send()
        assert sent.states() == {"unsure": 2}
        # It is only kept yet: whoever reconciles applies it first.
        first, _ = attempts(sent)
        provider_reports.receive(sent.project, "toy", [report(first, ReportedEvent.TAKEN)])
        unsure.reconcile(sent.project, sent.broadcast)
        assert sent.states() == {"accepted": 1, "queued": 1}
        sent.send()
        assert [message.attempt_id for message in sent.toy.had].count(first) == 1
        assert len(sent.toy.had) == 3
