"""What is in doubt, and what the providers are asked about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.outgoing_messages import Outgoing
from broadcaster.domain.delivery.unsure_attempts import UnsureAttempt
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.recipients import erasure
from broadcaster.services.sending import unsure
from tests.projects import AUDIENCE, person
from tests.services import toy
from tests.services.feedback.test_provider_reports import released


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
