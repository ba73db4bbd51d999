"""Sending of notifications. Each is recorded before its handover, so that crashes cannot repeat it endlessly."""

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
"""Seconds after which a round notifies nobody else, for stopping `serve` waits until the round ends."""

_log = logging.getLogger(__name__)


class NotificationFailedError(BroadcasterError):
    """A person could not be notified."""

    code = "notification-failed"
    default_remedy = "`broadcaster status` says who, and why; it is tried again by itself."


@dataclass(slots=True)
class _NotificationRound:
    """One round of notifications. `hanging` are channels whose provider did not answer within `patience` seconds."""

    project: Project
    moment: datetime
    patience: float
    hanging: set[Channel] = field(default_factory=set)

    def tell(self, person: str, due: Sequence[DueNotification]) -> bool:
        """Notify one person of all their due matters in one message; returns whether that succeeded."""
        begun = self._begun(due)
        if not begun:
            return False
        try:
            result, reason = self._hand_over(self.project.settings.people[person], begun)
        except Exception as error:
            # An error in one person's message must not keep the others from theirs.
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
        """Record those that no other process has begun meanwhile, and return them."""
        with self.project.ledger.writing() as conn:
            return [one for one in due if notifications.record_attempt(conn, one.notification, one.before, self.moment)]

    def _hand_over(self, person: Person, due: Sequence[DueNotification]) -> tuple[NotificationResult, str]:
        """Use every channel of this person; returns the best outcome, and the reason if none succeeded."""
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
        """Use one channel; returns the outcome and a reason code."""
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
    """Send what is due for everybody at this moment; returns the number of people notified.

    Writes to the ledger only when somebody is notified or a matter was closed.
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
