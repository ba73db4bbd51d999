"""A project whose people are told of things, and providers that keep what they were given."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.outgoing_messages import OutgoingEmail, OutgoingSms
from broadcaster.domain.delivery.reports import InboundText
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.approving import decisions
from broadcaster.services.feedback.halt import halt_broadcast
from broadcaster.services.notifications.send import send_notifications
from broadcaster.services.planning.submission_terms import SubmissionTerms
from broadcaster.services.project.project import Project, now
from broadcaster.services.replies import inbound_texts
from broadcaster.services.sending import due_occurrences
from tests.projects import CAMPAIGN, make_project, write_yaml
from tests.services.toy import Answer, Toy, accepted

AUTHOR, APPROVER, ADMIN = "amina.secret@example.org", "david@example.org", "+447700900142"
TOLD = {
    "amina": {"email": AUTHOR, "tell": ["email"]},
    "david": {"email": APPROVER, "tell": ["email"]},
    "wenmei": {"phone": "07700 900142", "tell": ["sms"]},
}
"""Everybody but the viewer; the administrator by text."""

_numbers = count()


@dataclass(frozen=True, slots=True)
class Office:
    """An open project, and what each of its providers was given."""

    project: Project
    email: Toy
    sms: Toy

    def tell(self, after: timedelta = timedelta(0), patience: float = 20.0) -> list[str]:
        """Tell what is due so long after now; the addresses that were written to by it."""
        self.email.had.clear()
        self.sms.had.clear()
        send_notifications(self.project, now() + after, patience)
        return sorted(one.to for one in (*self.email.had, *self.sms.had))

    def emails(self) -> list[str]:
        """Subject and text of what went out by email last."""
        parsed = (
            message_from_bytes(one.data, policy=policy.default)
            for one in self.email.had
            if isinstance(one, OutgoingEmail)
        )
        return [f"{one['subject']}\n{one.get_content()}" for one in parsed]

    def texts(self) -> list[str]:
        """The text messages that went out last."""
        return [one.body for one in self.sms.had if isinstance(one, OutgoingSms)]

    def submit(self, campaign: str = CAMPAIGN, *, at_once: bool = False, crisis: str = "") -> str:
        """Amina submits it; the digest."""
        by = command_line_actor(self.project.settings, "amina", Permission.SUBMIT)
        terms = SubmissionTerms(at_once=at_once or bool(crisis), crisis=crisis)
        return decisions.submit(self.project, self.project.campaign(campaign), by, terms).plan.digest

    def decide(self, digest: str = "", why: str = "", campaign: str = CAMPAIGN) -> None:
        """David approves what has this digest, or rejects."""
        by = command_line_actor(self.project.settings, "david", Permission.APPROVE)
        if digest:
            decisions.approve(self.project, self.project.campaign(campaign), by, digest)
        else:
            decisions.reject(self.project, self.project.campaign(campaign), by, why)

    def halt(self) -> str:
        """Release the campaign, and halt its broadcast; the id."""
        self.decide(self.submit(at_once=True))
        with registered_runner(self.project) as runner:
            (broadcast_id,) = due_occurrences.release_due(self.project, runner.id)
        self.halt_again(broadcast_id)
        return broadcast_id

    def halt_again(self, broadcast_id: str) -> None:
        with self.project.ledger.writing() as conn:
            assert halt_broadcast(conn, broadcast_id, "carriers-block", "Carriers block secret.recipient@example.org.")

    def reply(self, body: str = "someone is outside with a knife") -> str:
        """Somebody texts us; the id of the reply."""
        text = InboundText(f"SM{next(_numbers)}", "+447700900222", "+447700900999", body, datetime.now(UTC))
        inbound_texts.receive(self.project, "twilio", text)
        return inbound_texts.list_replies(self.project)[0].id


def make_office(folder: Path, when: str = "2090-01-02 09:00", **changes: Any) -> Path:
    """Make a project whose people are told, with a campaign that lies ahead."""
    make_project(folder, people=2, campaigns={CAMPAIGN: {"when": when}}, **changes)
    path = folder / "config.yaml"
    config = yaml.safe_load(path.read_text("utf-8"))
    for person, told in TOLD.items():
        config["people"][person] |= told
    write_yaml(path, config)
    return folder


@contextmanager
def office(folder: Path, answer: Answer = accepted) -> Iterator[Office]:
    """The project in `folder`, with providers that answer so."""
    email, sms = Toy(Channel.EMAIL, answer), Toy(Channel.SMS, answer)
    with open_project(folder) as project:
        yield Office(replace(project, providers={Channel.EMAIL: email, Channel.SMS: sms}), email, sms)
