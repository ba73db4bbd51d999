"""Telling people: what is due is recorded first and handed over then, so that a crash repeats nothing endlessly."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from broadcaster.audiences.addresses.typed_address import read_address
from broadcaster.config import Person
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.notifications import SUPPRESSED, NotificationResult
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.recipients import suppressions
from broadcaster.ledger.staff import notifications
from broadcaster.providers.reasons import Reason
from broadcaster.services.notifications.handover import ANSWER_TIMEOUT, hand_over
from broadcaster.services.notifications.messages import desk_url, make_message
from broadcaster.services.notifications.pending import DueNotification, gets_notifications, pending_notifications
from broadcaster.services.notifications.wording import NotificationText, compose_notification
from broadcaster.services.project.project import Project

ROUND_TIMEOUT = 30.0
"""Seconds after which a round tells nobody more: whoever stops `serve` waits for its end."""

_log = logging.getLogger(__name__)


class NotificationFailedError(BroadcasterError):
    """Somebody could not be told of what needs them."""

    code = "notification-failed"
    default_remedy = "`broadcaster status` says who, and why; it is tried again by itself."


@dataclass(slots=True)
class _NotificationRound:
    """One round of telling. `hanging` are the channels whose provider gave no answer within `patience` seconds."""

    project: Project
    moment: datetime
    patience: float
    hanging: set[Channel] = field(default_factory=set)

    def tell(self, person: str, due: Sequence[DueNotification]) -> bool:
        """Tell one person of everything at once; whether they were told."""
        begun = self._begun(due)
        if not begun:
            return False
        try:
            result, reason = self._hand_over(self.project.settings.people[person], begun)
        except Exception as error:
            # One person's message that we stumble over must not keep the others in the dark.
            fault = unforeseen_error(error)
            _log.error("%s", fault.message)
            result, reason = NotificationResult.FAILED, fault.code
        with self.project.ledger.writing() as conn:
            for one in begun:
                notifications.record_result(conn, one.notification, result, reason)
        if result is NotificationResult.FAILED:
            failed = NotificationFailedError(f"Somebody could not be told of what needs them: {reason}.")
            _log.error("%s [%s] %s", failed.message, failed.code, failed.remedy)
        return result is NotificationResult.TOLD

    def _begun(self, due: Sequence[DueNotification]) -> list[DueNotification]:
        """Those that no other process has begun to tell meanwhile, written down."""
        with self.project.ledger.writing() as conn:
            return [one for one in due if notifications.record_attempt(conn, one.notification, one.before, self.moment)]

    def _hand_over(self, person: Person, due: Sequence[DueNotification]) -> tuple[NotificationResult, str]:
        """By every channel at which they are to be told: what came of the best one, and why if that is nothing."""
        settings = self.project.settings
        own = settings.organisation
        words = compose_notification(due, own.own_name, own.language, desk_url(self.project))
        written = {Channel.EMAIL: person.email, Channel.SMS: person.phone}
        answers = [self._by(channel, written[channel] or "", words) for channel in person.tell]
        outcomes = {outcome for outcome, _ in answers}
        if Outcome.ACCEPTED in outcomes:
            return NotificationResult.TOLD, ""
        return (NotificationResult.OPEN if Outcome.UNSURE in outcomes else NotificationResult.FAILED), answers[0][1]

    def _by(self, channel: Channel, written: str, words: NotificationText) -> tuple[Outcome, str]:
        """By one channel: what came of it, and the code of a reason."""
        if channel in self.hanging:
            return Outcome.UNTRIED, Reason.TIMED_OUT.value
        try:
            _, address = read_address(written, self.project.settings.organisation.region)
            if self._is_suppressed(channel, address):
                _log.warning("An address at which somebody is to be told by %s is suppressed: not written to.", channel)
                return Outcome.REFUSED, SUPPRESSED
            made = make_message(self.project, channel, address, words, self.moment)
        except BroadcasterError as error:
            _log.error("%s [%s] %s", error.message, error.code, error.remedy)
            return Outcome.REFUSED, error.code
        receipt = hand_over(self.project.providers[channel], made, self.patience)
        if receipt is None:
            self.hanging.add(channel)
            return Outcome.UNSURE, Reason.TIMED_OUT.value
        return receipt.outcome, receipt.code

    def _is_suppressed(self, channel: Channel, address: str) -> bool:
        blind = blind_address_index(self.project.keyring, channel, address)
        with self.project.ledger.reading() as conn:
            return bool(suppressions.find_suppressed(conn, [blind]))


def send_notifications(project: Project, moment: datetime, patience: float = ANSWER_TIMEOUT) -> int:
    """Tell everybody of what is due for them at this moment; how many people were told.

    Writes to the ledger only when somebody is told or something was dealt with.
    """
    if not any(gets_notifications(project.settings, person) for person in project.settings.people):
        return 0
    pending = pending_notifications(project, moment)
    if pending.dealt_with:
        with project.ledger.writing() as conn:
            notifications.remove(conn, pending.dealt_with)
    this, end, told = _NotificationRound(project, moment, patience), time.monotonic() + ROUND_TIMEOUT, 0
    for person, due in pending.due.items():
        if time.monotonic() > end:
            break  # they are due in the next round
        told += this.tell(person, due)
    return told
