"""The check of the notification settings in config.yaml."""

from collections.abc import Iterator

from broadcaster.audiences.addresses.typed_address import TypedAddressError, read_address
from broadcaster.config import Settings
from broadcaster.domain.problems import Problem
from broadcaster.services.notifications.unreached import no_approver_gets_notifications


def check_notification_settings(settings: Settings) -> Iterator[Problem]:
    """Problems: addresses that cannot be used, and a warning where no approver is notified of alarms."""
    for key, person in settings.people.items():
        for field, written in (("email", person.email), ("phone", person.phone)):
            if written is None:
                continue
            try:
                read_address(written, settings.organisation.region, for_texts=True)
            except TypedAddressError as error:
                message = f"the {field} of '{key}' cannot be written to"
                line = settings.line(("people", key, field))
                yield Problem.error(error.code, message, error.remedy, file="config.yaml", line=line)
    if no_approver_gets_notifications(settings):
        yield Problem.warning(
            "nobody-told",
            "nobody who can approve is told when something is halted, urgent or waits",
            "Add  email: name@example.org, tell: [email]  to an approver or an admin.",
            file="config.yaml",
            line=settings.line(("people",)),
        )
