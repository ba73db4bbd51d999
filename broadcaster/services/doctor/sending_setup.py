"""How emails leave: the provider, its server, and what the domains of the senders publish."""

from collections.abc import Iterable, Iterator

from broadcaster.domain.errors import BroadcasterError
from broadcaster.providers.smtp import SmtpRoute
from broadcaster.services.doctor import mail_server
from broadcaster.services.doctor.dkim_signatures import DkimpyMissingError
from broadcaster.services.doctor.dmarc_alignment import check_sender_domain
from broadcaster.services.doctor.dns_records import DnsRecords, NameServerError
from broadcaster.services.doctor.findings import DoctorFinding, FindingLevel, warning_finding
from broadcaster.services.project.project import ProjectView


def check_sending_setup(project: ProjectView, route: SmtpRoute | None, records: DnsRecords) -> Iterator[DoctorFinding]:
    """What can be told before a message was sent. `route` is None where emails do not go by SMTP."""
    if route is not None:
        yield from mail_server.check_mail_server(route)
    else:
        yield warning_finding(
            "no-mail-server",
            f"Emails go by {project.settings.providers.email}, so there is no mail server to look at.",
            "Look at a message that came: broadcaster doctor FILE.eml",
        )
    smtp = project.settings.providers.smtp if route is not None else None
    for author in dict.fromkeys(one.email.rpartition("@")[2] for one in project.settings.signatories.values()):
        return_path = smtp.return_path.rpartition("@")[2] if smtp and smtp.return_path else author
        yield from check_sender_domain(records, author, return_path)
    if project.settings.public_url is None:
        yield warning_finding(
            "public-url-missing",
            "config.yaml has no `public_url`: messages offer no way of saying no with one click.",
            "Set it to the https address at which recipients reach this machine.",
        )


def findings_until_error(found: Iterable[DoctorFinding]) -> Iterator[DoctorFinding]:
    """The findings, and at the end what kept us from finding more, if anything did."""
    try:
        yield from found
    except (NameServerError, DkimpyMissingError) as fault:
        problem: BroadcasterError = fault
        yield DoctorFinding(problem.code, FindingLevel.ERROR, f"{problem.message}.", problem.remedy)
