"""People whom no notification could reach: a query cheap enough for every page and for `status`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from broadcaster.config import Settings
from broadcaster.domain.notifications import REMINDERS, SUPPRESSED, NotificationResult
from broadcaster.ledger.staff import notifications
from broadcaster.providers.reasons import Explanation, explain_code
from broadcaster.services.access.permissions import Permission, list_permitted
from broadcaster.services.project.project import ProjectView

FAILURES_SHOWN_FOR = REMINDERS[False][0] * 2
"""How long a failure is shown. An older one says nothing of the present, for nobody has tried since."""

_OWN_REASONS: Mapping[str, Explanation] = MappingProxyType(
    {
        SUPPRESSED: Explanation(
            "The address must not be written to.", "Take another address, or lift its suppression."
        ),
        "address-unreadable": Explanation("The number or address cannot be one.", "Correct it under People."),
        "no-sender": Explanation("config.yaml has no signatory to write from.", "Add one to config.yaml."),
    }
)
"""Explanations of the reasons that no provider gives."""


@dataclass(frozen=True, slots=True)
class UnreachedPerson:
    """A person (a key of `people`) who could not be notified, and why; `unsure` if the message may have arrived."""

    person: str
    why: Explanation
    unsure: bool


def list_unreached_people(view: ProjectView, moment: datetime) -> list[UnreachedPerson]:
    """The people whose last notification failed, in the order of config.yaml."""
    with view.ledger.reading() as conn:
        told = notifications.list_all(conn)
    failed = {
        person: telling
        for (_, _, person), telling in sorted(told.items(), key=lambda one: one[1].tried_at)
        if telling.reason and moment - telling.tried_at < FAILURES_SHOWN_FOR
    }
    return [
        UnreachedPerson(
            person, _OWN_REASONS.get(reason) or explain_code(reason), failed[person].result is NotificationResult.OPEN
        )
        for person in view.settings.people
        if person in failed and (reason := failed[person].reason)
    ]


def no_approver_gets_notifications(settings: Settings) -> bool:
    """Whether there are approvers, and none of them is notified of alarms."""
    deciding = list_permitted(settings, Permission.APPROVE)
    return bool(deciding) and not any(settings.people[one].tell for one in deciding)
