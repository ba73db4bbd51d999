"""Opt-out lists of other mailing tools, imported as suppressions.

Known are the files that GOV.UK Notify ("unsubscribe requests"), Mailchimp (the audience export's unsubscribed and
cleaned contacts) and listmonk (subscribers) give out. Of any other list each address counts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from pathlib import Path

from broadcaster.audiences.addresses.address_cells import split_emails
from broadcaster.audiences.addresses.typed_address import TypedAddressError
from broadcaster.audiences.columns.arrangement import heading_key
from broadcaster.audiences.columns.column_names import SheetError
from broadcaster.audiences.columns.known_headings import heading_meaning
from broadcaster.audiences.importing.list_preparation import ListChoices, read_table_rows
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Problem
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.recipients import suppressions
from broadcaster.ledger.recipients.suppressions import NewSuppression
from broadcaster.services.access.permissions import Actor
from broadcaster.services.project.project import Project
from broadcaster.services.recipients.suppression_list import identify_address
from broadcaster.services.rosters import upload_files
from broadcaster.services.rosters.importing import ListMissingError

BATCH_SIZE = 500
MAX_PROBLEMS = 1_000


class MailingTool(StrEnum):
    """A program whose opt-outs are known by their headings."""

    NOTIFY = "notify"
    MAILCHIMP = "mailchimp"
    LISTMONK = "listmonk"


class OptOutListError(BroadcasterError):
    """A list of opt-outs is not what it was said to be, or not one of opt-outs."""

    code = "opt-out-list"


@dataclass(frozen=True, slots=True)
class _ListLayout:
    """Where in a row the address stands, and why it is on the list; None where it is not opted out."""

    tool: MailingTool | None
    addresses: tuple[int, ...]
    reason: Callable[[Sequence[str]], SuppressionReason | None]


@dataclass(slots=True)
class OptOutImport:
    """How many addresses are new among the suppressed, were there before, or are of people who did not say no; and the
    rows in which no address could be read, which still may be somebody's no.
    """

    tool: MailingTool | None = None
    new: int = 0
    known: int = 0
    passed_over: int = 0
    unread: list[Problem] = field(default_factory=list)


def import_opt_outs(  # noqa: PLR0913 (each is said by its name)
    project: Project,
    source: Path,
    by: Actor,
    *,
    tool: MailingTool | None = None,
    sheet: str = "",
    agree: Callable[[OptOutImport, int], object] = lambda *_: None,
) -> OptOutImport:
    """Suppress every address that opted out elsewhere. What is not readable is told, and keeps back none of the others.

    `agree` is told the tool and how many addresses before anything is written, and raises to prevent it. Raises
    `OptOutListError`, `ListMissingError`, `ProblemsFoundError`.
    """
    if not source.is_file():
        raise ListMissingError("The list is not there, or is no file.", file=source.name)
    found = OptOutImport()
    try:
        agree(found, sum(1 for _ in _read_opt_outs(project, source, sheet, tool, found)))
        found = OptOutImport(found.tool)
        rows = _read_opt_outs(project, source, sheet, tool, found)
        while batch := list(islice(rows, BATCH_SIZE)):
            _suppress_batch(project, batch, found, by)
    except SheetError as error:
        raise ProblemsFoundError(tuple(flaw.at(source.name, None) for flaw in error.flaws)) from None
    return found


def _suppress_batch(project: Project, batch: Sequence[NewSuppression], found: OptOutImport, by: Actor) -> None:
    with project.ledger.writing() as conn:
        new = sum(suppressions.add(conn, one) for one in batch)
        detail = {"new": new, "known": len(batch) - new, "from": found.tool or "list"}
        audit.record(conn, by, "suppress-import", "suppressions", **detail)
    found.new += new
    found.known += len(batch) - new


def _read_opt_outs(
    project: Project, source: Path, sheet: str, tool: MailingTool | None, found: OptOutImport
) -> Iterator[NewSuppression]:
    rows = read_table_rows(
        source,
        ListChoices(sheet),
        lambda: upload_files.new_upload(project),
        identity=project.settings.age_identity,
    )
    _, headings = next(rows)
    layout = _detect_layout(headings, tool)
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
        typed = [text for cell in (*below, *beyond) for text in split_emails(cell.strip()) if text]
        for text in typed:
            try:
                read = identify_address(project, text)
            except TypedAddressError as error:
                _note_problem(
                    found,
                    Problem.error(error.code, "the address cannot be read", error.remedy, file=source.name, line=row),
                )
            else:
                yield NewSuppression(read.channel, read.blind, read.address, reason, layout.tool or "list", note)
        if not typed:
            remedy = "Look whether somebody's no stands in this row, and add it:  broadcaster suppress add"
            _note_problem(
                found, Problem.error("address-missing", "there is no address", remedy, file=source.name, line=row)
            )


def _note_problem(found: OptOutImport, problem: Problem) -> None:
    if len(found.unread) < MAX_PROBLEMS:
        found.unread.append(problem)


def _detect_layout(headings: Sequence[str], wanted: MailingTool | None) -> _ListLayout:
    """How a list with these headings is read. Raises `OptOutListError`."""
    keys = [heading_key(one) for one in headings]
    meant = [heading_meaning(one) for one in headings]
    addresses = tuple(at for at, meaning in enumerate(meant) if meaning in ("email", "phone"))
    if not addresses:
        raise OptOutListError(
            "No heading of this list says email or phone.",
            remedy="Name the column with the addresses  email,  and run the command again.",
        )
    layout = _layout_of_tool(keys, addresses)
    if wanted is not None and layout.tool is not wanted:
        raise OptOutListError(
            f"The headings of this list are not those of {wanted.value}.",
            remedy="Look whether it is the right file. Without --from each address of the list counts.",
        )
    return layout


def _layout_of_tool(keys: Sequence[str], addresses: tuple[int, ...]) -> _ListLayout:
    if "unsubscribe request received at" in keys or {"template name", "uploaded spreadsheet file name"} <= set(keys):
        return _ListLayout(MailingTool.NOTIFY, addresses, lambda _: SuppressionReason.UNSUBSCRIBED)
    if {"leid", "euid"} & set(keys):
        if "unsub_time" in keys:
            return _ListLayout(MailingTool.MAILCHIMP, addresses, lambda _: SuppressionReason.UNSUBSCRIBED)
        if "clean_time" in keys:
            return _ListLayout(MailingTool.MAILCHIMP, addresses, lambda _: SuppressionReason.BOUNCED)
        raise OptOutListError(
            "This is Mailchimp's list of people who want to get letters.",
            remedy="Take unsubscribed_….csv and cleaned_….csv from the same archive.",
        )
    if {"uuid", "email", "status"} <= set(keys):
        at = keys.index("status")
        return _ListLayout(
            MailingTool.LISTMONK,
            addresses,
            lambda cells: SuppressionReason.UNSUBSCRIBED if cells[at].strip() == "blocklisted" else None,
        )
    return _ListLayout(None, addresses, lambda _: SuppressionReason.BY_HAND)
