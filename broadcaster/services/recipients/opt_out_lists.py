"""The opt-outs of the tool that somebody leaves: who said no there is not written to from here.

Known are the files that GOV.UK Notify ("unsubscribe requests"), Mailchimp (the audience export's unsubscribed and
cleaned contacts) and listmonk (subscribers) give out. Of any other list each address counts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from pathlib import Path

from broadcaster.audiences import (
    AddressError,
    ListChoices,
    SheetError,
    emails_in,
    heading_key,
    heading_meaning,
    table_rows,
)
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Problem
from broadcaster.domain.suppression import SuppressionReason
from broadcaster.ledger import audit, suppressions
from broadcaster.ledger.audit import Entry
from broadcaster.ledger.suppressions import NewSuppression
from broadcaster.services.access.permissions import Actor
from broadcaster.services.project.project import Project
from broadcaster.services.recipients.suppression_list import find
from broadcaster.services.rosters import upload_files
from broadcaster.services.rosters.importing import ListMissingError

BATCH = 500
PROBLEMS_KEPT = 1_000


class Tool(StrEnum):
    """A program whose opt-outs are known by their headings."""

    NOTIFY = "notify"
    MAILCHIMP = "mailchimp"
    LISTMONK = "listmonk"


class OptOutListError(BroadcasterError):
    """A list of opt-outs is not what it was said to be, or not one of opt-outs."""

    code = "opt-out-list"


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where in a row the address stands, and why it is on the list; None where it is not opted out."""

    tool: Tool | None
    addresses: tuple[int, ...]
    reason: Callable[[Sequence[str]], SuppressionReason | None]


@dataclass(slots=True)
class TakenOver:
    """How many addresses are new among the suppressed, were there before, or are of people who did not say no; and the
    rows in which no address could be read, which still may be somebody's no.
    """

    tool: Tool | None = None
    new: int = 0
    known: int = 0
    passed_over: int = 0
    unread: list[Problem] = field(default_factory=list)


def take_over(  # noqa: PLR0913 (each is said by its name)
    project: Project,
    source: Path,
    by: Actor,
    *,
    tool: Tool | None = None,
    sheet: str = "",
    agree: Callable[[TakenOver, int], object] = lambda *_: None,
) -> TakenOver:
    """Suppress every address that opted out elsewhere. What is not readable is told, and keeps back none of the others.

    `agree` is told the tool and how many addresses before anything is written, and raises to prevent it. Raises
    `OptOutListError`, `ListMissingError`, `ProblemsFoundError`.
    """
    if not source.is_file():
        raise ListMissingError("The list is not there, or is no file.", file=source.name)
    found = TakenOver()
    try:
        agree(found, sum(1 for _ in _said_no(project, source, sheet, tool, found)))
        found = TakenOver(found.tool)
        rows = _said_no(project, source, sheet, tool, found)
        while batch := list(islice(rows, BATCH)):
            _suppress(project, batch, found, by)
    except SheetError as error:
        raise ProblemsFoundError(tuple(flaw.at(source.name, None) for flaw in error.flaws)) from None
    return found


def _suppress(project: Project, batch: Sequence[NewSuppression], found: TakenOver, by: Actor) -> None:
    with project.ledger.writing() as conn:
        new = sum(suppressions.add(conn, one) for one in batch)
        detail = {"new": new, "known": len(batch) - new, "from": found.tool or "list"}
        audit.write(conn, Entry(by.name, "suppress-import", "suppressions", detail, by.system_user, by.host))
    found.new += new
    found.known += len(batch) - new


def _said_no(
    project: Project, source: Path, sheet: str, tool: Tool | None, found: TakenOver
) -> Iterator[NewSuppression]:
    rows = table_rows(
        source,
        ListChoices(sheet),
        lambda: upload_files.incoming(project),
        identity=project.settings.age_identity,
    )
    _, headings = next(rows)
    layout = _layout(headings, tool)
    found.tool = layout.tool
    note = f"taken over from {layout.tool.value if layout.tool else 'a list'}"
    for row, cells in rows:
        reason = layout.reason(cells)
        if reason is None:
            found.passed_over += 1
            continue
        # Of two addresses in a cell both count; and so do those that a separator brought below no heading.
        below = [cells[at] for at in layout.addresses if at < len(cells)]
        beyond = [cell for at, cell in enumerate(cells) if "@" in cell and not any(headings[at : at + 1])]
        typed = [text for cell in (*below, *beyond) for text in emails_in(cell.strip()) if text]
        for text in typed:
            try:
                read = find(project, text)
            except AddressError as error:
                _note(
                    found,
                    Problem.error(error.code, "the address cannot be read", error.remedy, file=source.name, line=row),
                )
            else:
                yield NewSuppression(read.channel, read.blind, read.address, reason, layout.tool or "list", note)
        if not typed:
            remedy = "Look whether somebody's no stands in this row, and add it:  broadcaster suppress add"
            _note(found, Problem.error("address-missing", "there is no address", remedy, file=source.name, line=row))


def _note(found: TakenOver, problem: Problem) -> None:
    if len(found.unread) < PROBLEMS_KEPT:
        found.unread.append(problem)


def _layout(headings: Sequence[str], wanted: Tool | None) -> _Layout:
    """How a list with these headings is read. Raises `OptOutListError`."""
    keys = [heading_key(one) for one in headings]
    meant = [heading_meaning(one) for one in headings]
    addresses = tuple(at for at, meaning in enumerate(meant) if meaning in ("email", "phone"))
    if not addresses:
        raise OptOutListError(
            "No heading of this list says email or phone.",
            remedy="Name the column with the addresses  email,  and run the command again.",
        )
    layout = _known(keys, addresses)
    if wanted is not None and layout.tool is not wanted:
        raise OptOutListError(
            f"The headings of this list are not those of {wanted.value}.",
            remedy="Look whether it is the right file. Without --from each address of the list counts.",
        )
    return layout


def _known(keys: Sequence[str], addresses: tuple[int, ...]) -> _Layout:
    if "unsubscribe request received at" in keys or {"template name", "uploaded spreadsheet file name"} <= set(keys):
        return _Layout(Tool.NOTIFY, addresses, lambda _: SuppressionReason.UNSUBSCRIBED)
    if {"leid", "euid"} & set(keys):
        if "unsub_time" in keys:
            return _Layout(Tool.MAILCHIMP, addresses, lambda _: SuppressionReason.UNSUBSCRIBED)
        if "clean_time" in keys:
            return _Layout(Tool.MAILCHIMP, addresses, lambda _: SuppressionReason.BOUNCED)
        raise OptOutListError(
            "This is Mailchimp's list of people who want to get letters.",
            remedy="Take unsubscribed_….csv and cleaned_….csv from the same archive.",
        )
    if {"uuid", "email", "status"} <= set(keys):
        at = keys.index("status")
        return _Layout(
            Tool.LISTMONK,
            addresses,
            lambda cells: SuppressionReason.UNSUBSCRIBED if cells[at].strip() == "blocklisted" else None,
        )
    return _Layout(None, addresses, lambda _: SuppressionReason.BY_HAND)
