"""How emails leave: the provider, its server, and what the domains of the senders publish."""

from collections.abc import Iterable, Iterator

from broadcaster.domain.errors import BroadcasterError
from broadcaster.providers.smtp import SmtpRoute
from broadcaster.services.doctor import mailserver
from broadcaster.services.doctor.alignment import look_at_domain
from broadcaster.services.doctor.findings import Finding, Level, warning
from broadcaster.services.doctor.records import NameServerError, Records
from broadcaster.services.doctor.signatures import LibraryMissingError
from broadcaster.services.project.project import ProjectView


def look(project: ProjectView, route: SmtpRoute | None, records: Records) -> Iterator[Finding]:
    """What can be told before a message was sent. `route` is None where emails do not go by SMTP."""
    if route is not None:
        yield from mailserver.look(route)
    else:
        yield warning(
            "no-mail-server",
            f"Emails go by {project.settings.providers.email}, so there is no mail server to look at.",
            "Look at a message that came: broadcaster doctor FILE.eml",
        )
    smtp = project.settings.providers.smtp if route is not None else None
    for author in dict.fromkeys(one.email.rpartition("@")[2] for one in project.settings.signatories.values()):
        return_path = smtp.return_path.rpartition("@")[2] if smtp and smtp.return_path else author
        yield from look_at_domain(records, author, return_path)
    if project.settings.public_url is None:
        yield warning(
            "public-url-missing",
            "config.yaml has no `public_url`: messages offer no way of saying no with one click.",
            "Set it to the https address at which recipients reach this machine.",
        )


def as_far_as_possible(found: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, and at the end what kept us from finding more, if anything did."""
    try:
        yield from found
    except (NameServerError, LibraryMissingError) as fault:
        problem: BroadcasterError = fault
        yield Finding(problem.code, Level.ERROR, f"{problem.message}.", problem.remedy)
