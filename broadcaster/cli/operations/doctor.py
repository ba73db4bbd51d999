"""The `doctor` command: a live look at sending."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from broadcaster.bootstrap.ledger_only import open_view
from broadcaster.bootstrap.provider_factory import smtp_route
from broadcaster.bootstrap.wiring import open_project
from broadcaster.cli.app import JsonOption, app, project_folder
from broadcaster.cli.common import output
from broadcaster.config import CampaignSettings
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.errors import BroadcasterError
from broadcaster.providers.reasons import explain_code
from broadcaster.providers.redaction import reply_codes
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.doctor import received_message, sending_setup, website
from broadcaster.services.doctor.dns_records import DnsRecords
from broadcaster.services.doctor.findings import DoctorFinding, FindingLevel, error_finding, good_finding
from broadcaster.services.previewing import test_send
from broadcaster.services.previewing.preview import find_recipient, letter_for_audience
from broadcaster.services.previewing.test_send import SendTestRequest
from broadcaster.services.project.project import ProjectView


class NoCampaignError(BroadcasterError):
    """There is nothing of which a test could be sent."""

    code = "campaign-missing"
    default_remedy = "Add a campaign to config.yaml, or send a test with: broadcaster preview LETTER --send-to ADDRESS"


@app.command()
def doctor(  # noqa: PLR0913, PLR0917 (one parameter for each option that people can give)
    context: typer.Context,
    message: Annotated[
        Path | None, typer.Argument(metavar="[FILE.eml]", help="A message that came back, as it came.")
    ] = None,
    send_to: Annotated[
        str | None, typer.Option("--send-to", metavar="ADDRESS", help="Send one test message to yourself.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="PERSON", help="With --send-to: who you are, as in config.yaml.")
    ] = None,
    campaign: Annotated[
        str | None, typer.Option("--campaign", metavar="C", help="With --send-to: whose letter; default: the first.")
    ] = None,
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="Look at the recipients' pages; run it elsewhere.")
    ] = None,
    resolver: Annotated[
        str | None, typer.Option("--resolver", metavar="IP[#PORT]", help="Ask this DNS server, not the system's.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Look at sending, live: mail server, signatures, alignment, one-click, and the pages from outside."""
    if sum(one is not None for one in (message, send_to, url)) > 1:
        raise typer.BadParameter("give one of FILE.eml, --send-to and --url")
    if send_to is not None and by is None:
        raise typer.BadParameter("say who sends the test: --send-to ADDRESS --by PERSON", param_hint="--by")
    if url is not None:
        found: Iterable[DoctorFinding] = website.check_website(website.Website.at(url))
    elif message is not None:
        found = received_message.check_received_message(
            received_message.read_message_file(message), DnsRecords(resolver)
        )
    else:
        found = _check_sending(project_folder(context), DnsRecords(resolver))
    listed = list(sending_setup.findings_until_error(found))
    if send_to is not None and by is not None:
        listed.append(_send_test(project_folder(context), SendTestRequest(send_to), by, campaign))
    if as_json:
        output.print_json({"findings": [one.as_json() for one in listed]})
    else:
        _print_findings(listed)
        if url is None and message is None:
            _suggest_next(project_folder(context), sent_to=send_to)
    raise typer.Exit(1 if any(one.level is FindingLevel.ERROR for one in listed) else 0)


def _check_sending(root: Path, records: DnsRecords) -> Iterator[DoctorFinding]:
    with open_view(root) as project:
        route = smtp_route(project.settings) if project.settings.providers.email == "smtp" else None
        yield from sending_setup.check_sending_setup(project, route, records)


def _send_test(root: Path, trial: SendTestRequest, by: str, campaign: str | None) -> DoctorFinding:
    """Hand over a test of a campaign's letter, by the rules of the desk."""
    with open_project(root) as project:
        chosen = _choose_campaign(project, campaign)
        audience = chosen.audiences[0]
        tester = command_line_actor(project.settings, by, Permission.TEST, (audience,))
        messages = letter_for_audience(project, chosen.letter, audience, chosen.name)
        receipt = test_send.send_to_self(project, messages, find_recipient(messages, None), trial, tester)
    if receipt.outcome is Outcome.ACCEPTED:
        queued = f" (its name there: {receipt.reference})" if receipt.reference else ""
        return good_finding("test-sent", f"The test message was taken{queued}.")
    why = explain_code(receipt.code)
    said = f" It answered {codes}." if (codes := reply_codes(receipt.detail)) else ""
    later = receipt.outcome is Outcome.LATER  # a broadcast's message would be tried again by itself, a test is not
    remedy = "Run this again in a few minutes; if it stays so, ask who runs the mail server." if later else why.remedy
    return error_finding("test-not-sent", f"The test message was not taken. {why.why}{said}", remedy)


def _choose_campaign(project: ProjectView, name: str | None) -> CampaignSettings:
    if name is not None:
        return project.campaign(name)
    try:
        return next(iter(project.settings.campaigns.values()))
    except StopIteration:
        raise NoCampaignError("config.yaml has no campaign of which a test could be sent.") from None


def _print_findings(found: Sequence[DoctorFinding]) -> None:
    for one in found:
        output.print_finding(one.level, one.message, one.remedy, one.code)
    counts = {level: sum(one.level is level for one in found) for level in FindingLevel}
    output.print_line(
        f"{counts[FindingLevel.GOOD]} good, {counts[FindingLevel.WARNING]} to better, "
        f"{counts[FindingLevel.ERROR]} to mend."
    )


def _suggest_next(root: Path, *, sent_to: str | None) -> None:
    """The looks that are still to be had, and where."""
    if sent_to is not None:
        output.print_line("When the message is there, save it as it came and run: broadcaster doctor FILE.eml")
    else:
        output.print_line(
            "Whether messages are signed shows one that came: broadcaster doctor --send-to ADDRESS --by PERSON"
        )
    with open_view(root) as project:
        public_url = project.settings.public_url
    if public_url:
        output.print_line(f"Whether recipients reach us shows another machine: broadcaster doctor --url {public_url}")
