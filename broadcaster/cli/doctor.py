"""The `doctor` command: a live look at sending."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from broadcaster.bootstrap.ledger_only import open_view
from broadcaster.bootstrap.providers import smtp_route
from broadcaster.bootstrap.wiring import open_project
from broadcaster.cli import output
from broadcaster.cli.app import Json, app, here
from broadcaster.config import Campaign
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.receipts import Outcome
from broadcaster.providers.reasons import explain
from broadcaster.providers.redaction import reply_codes
from broadcaster.services.access.permissions import Deed, actor
from broadcaster.services.doctor import received, sending, website
from broadcaster.services.doctor.findings import Finding, Level, error, good
from broadcaster.services.doctor.records import Records
from broadcaster.services.previewing import preview as previews
from broadcaster.services.previewing import test_send
from broadcaster.services.previewing.test_send import Trial
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
    as_json: Json = False,
) -> None:
    """Look at sending, live: mail server, signatures, alignment, one-click, and the pages from outside."""
    if sum(one is not None for one in (message, send_to, url)) > 1:
        raise typer.BadParameter("give one of FILE.eml, --send-to and --url")
    if send_to is not None and by is None:
        raise typer.BadParameter("say who sends the test: --send-to ADDRESS --by PERSON", param_hint="--by")
    if url is not None:
        found: Iterable[Finding] = website.look(website.Site.at(url))
    elif message is not None:
        found = received.look(received.read(message), Records(resolver))
    else:
        found = _sending(here(context), Records(resolver))
    listed = list(sending.as_far_as_possible(found))
    if send_to is not None and by is not None:
        listed.append(_send(here(context), Trial(send_to), by, campaign))
    if as_json:
        output.document({"findings": [one.as_json() for one in listed]})
    else:
        _print(listed)
        if url is None and message is None:
            _say_what_next(here(context), sent_to=send_to)
    raise typer.Exit(1 if any(one.level is Level.ERROR for one in listed) else 0)


def _sending(root: Path, records: Records) -> Iterator[Finding]:
    with open_view(root) as project:
        route = smtp_route(project.settings) if project.settings.providers.email == "smtp" else None
        yield from sending.look(project, route, records)


def _send(root: Path, trial: Trial, by: str, campaign: str | None) -> Finding:
    """Hand over a test of a campaign's letter, by the rules of the desk."""
    with open_project(root) as project:
        chosen = _campaign(project, campaign)
        audience = chosen.audiences[0]
        tester = actor(project.settings, by, Deed.TEST, (audience,))
        prospects = previews.prospects_for(project, chosen.letter, audience, chosen.name)
        receipt = test_send.send(project, prospects, previews.find(prospects, None), trial, tester)
    if receipt.outcome is Outcome.ACCEPTED:
        queued = f" (its name there: {receipt.reference})" if receipt.reference else ""
        return good("test-sent", f"The test message was taken{queued}.")
    why = explain(receipt.code)
    said = f" It answered {codes}." if (codes := reply_codes(receipt.detail)) else ""
    later = receipt.outcome is Outcome.LATER  # a broadcast's message would be tried again by itself, a test is not
    remedy = "Run this again in a few minutes; if it stays so, ask who runs the mail server." if later else why.remedy
    return error("test-not-sent", f"The test message was not taken. {why.why}{said}", remedy)


def _campaign(project: ProjectView, name: str | None) -> Campaign:
    if name is not None:
        return project.campaign(name)
    try:
        return next(iter(project.settings.campaigns.values()))
    except StopIteration:
        raise NoCampaignError("config.yaml has no campaign of which a test could be sent.") from None


def _print(found: Sequence[Finding]) -> None:
    for one in found:
        output.finding(one.level, one.message, one.remedy, one.code)
    counts = {level: sum(one.level is level for one in found) for level in Level}
    output.line(f"{counts[Level.GOOD]} good, {counts[Level.WARNING]} to better, {counts[Level.ERROR]} to mend.")


def _say_what_next(root: Path, *, sent_to: str | None) -> None:
    """The looks that are still to be had, and where."""
    if sent_to is not None:
        output.line("When the message is there, save it as it came and run: broadcaster doctor FILE.eml")
    else:
        output.line("Whether messages are signed shows one that came: broadcaster doctor --send-to ADDRESS --by PERSON")
    with open_view(root) as project:
        public_url = project.settings.public_url
    if public_url:
        output.line(f"Whether recipients reach us shows another machine: broadcaster doctor --url {public_url}")
