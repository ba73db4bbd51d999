"""Rosters, taken in and given out."""

import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TextIO

from broadcaster.audiences.description.audience import Audience
from broadcaster.audiences.importing.import_export import ImportResult, export_roster, import_roster
from broadcaster.audiences.importing.list_preparation import ListChoices
from broadcaster.audiences.model.recipient import Recipient
from broadcaster.audiences.storage.age_identity import make_identity
from broadcaster.audiences.storage.encrypted_file import FileSource, RosterNotWrittenError
from broadcaster.config.yaml_files.editing import YamlEditor
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.problems import Problem
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.recipients import suppressions
from broadcaster.services.access.permissions import Actor, system_account_actor
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.rosters.audiences import open_audience, read_recipients
from broadcaster.services.rosters.counting import AudienceCount
from broadcaster.services.rosters.import_questions import prepare_for_import, save_column_choices

ENCRYPTED_SUFFIX = ".age"
NO_CHOICES = ListChoices()


class ListMissingError(BroadcasterError):
    """The file to be imported is not there."""

    code = "list-missing"
    default_remedy = "Name the CSV file with the people: broadcaster audience import NAME FILE"


class NotExportedError(BroadcasterError):
    """The file to export to is there already, or cannot be made."""

    code = "not-exported"
    default_remedy = "Give another name to --out."


def has_roster(project: ProjectView, name: str) -> bool:
    """Whether an audience has a roster already. Raises `ProblemsFoundError` for one that is not described rightly."""
    return open_audience(project, name, roster_needed=False).roster.exists()


def import_audience_roster(  # noqa: PLR0913 (each is said by its name)
    project: Project,
    name: str,
    source: FileSource,
    *,
    encrypt: bool = False,
    choices: ListChoices = NO_CHOICES,
    leave_out: bool = False,
    agree: Callable[[ImportResult], object] = lambda _: None,
    by: Actor | None = None,
) -> tuple[Audience, ImportResult]:
    """Make a list the roster of an audience, whole or not at all: a workbook, a text, contacts (see `list_questions`).

    `choices` are what somebody said about it; what headings mean is kept in the audience's description. No copy of the
    old roster is kept: whoever was taken off it would live on there. With `encrypt` the new one is encrypted, under a
    key that is made if there is none, and the old one in plain text is removed. `agree` is told what was found
    before anything changes, and raises to prevent it.

    Raises `ListUnclearError` where something has to be said, `RowsRefusedError` for a list with bad rows (not with
    `leave_out`), `ProblemsFoundError` for one that is bad as a whole, `ListMissingError`, and what writing a roster
    raises.
    """
    if isinstance(source, Path) and not source.is_file():
        raise ListMissingError("The file to be imported is not there, or is no file.", file=source.name)
    audience = open_audience(project, name, roster_needed=False)
    identity = project.settings.age_identity
    ready = prepare_for_import(project, audience, source, choices)
    made_key = False
    if encrypt:
        if audience.roster.suffix != ENCRYPTED_SUFFIX:
            audience = replace(audience, roster=audience.roster.with_name(audience.roster.name + ENCRYPTED_SUFFIX))
        made_key = make_identity(identity)
    mark_key = project.keyring.mark_key
    told = tuple(flaw.at(source.name, None) for flaw in ready.told)

    def with_warnings(found: ImportResult) -> ImportResult:
        return replace(found, warnings=(*told, *found.warnings), matching=ready.matching)

    try:
        done = import_roster(
            audience,
            ready.source,
            arrangement=ready.arrangement,
            called=source.name,
            mark_key=mark_key,
            identity=identity,
            leave_out=leave_out,
            before=_present_recipients(project, name),
            agree=lambda found: agree(with_warnings(found)),
            known_of=_erased_row_warnings(project),
        )
    except BaseException:
        if made_key:
            identity.unlink()
        raise
    done = with_warnings(done)
    if ready.matching is not None and (unkept := save_column_choices(project, audience, ready.matching)):
        done = replace(done, warnings=(unkept, *done.warnings))
    if encrypt:
        _switch_to_encrypted(project, audience)
    encrypted = audience.roster.suffix == ENCRYPTED_SUFFIX
    detail = {"rows": done.rows, "left_out": done.rows_left_out, "encrypted": encrypted, **asdict(done.changes)}
    who = by or system_account_actor()
    project.cache.forget(name)  # of those who are no longer on the list nothing is to be remembered
    with project.ledger.writing() as conn:
        audit.record(conn, who, "audience-import", name, **detail)
    return audience, done


def export_audience_roster(project: Project, name: str, target: TextIO, by: Actor | None = None) -> AudienceCount:
    """Write an audience's usable rows as CSV for a spreadsheet; what could not be used is in the answer."""
    audience = open_audience(project, name)
    who = by or system_account_actor()
    with project.ledger.writing() as conn:
        # Before anything is given out: what stands in the log may not depend on who reads to the end.
        audit.record(conn, who, "audience-export", name)
    look = AudienceCount(name)
    look.usable = export_roster(read_recipients(project, audience, look.note), target)
    return look


def export_audience_roster_to(project: Project, name: str, path: Path) -> AudienceCount:
    """As `export_audience_roster`, into a new file that only its owner may read. Raises `NotExportedError`."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise NotExportedError("There is a file of this name already; it is left as it is.", file=path.name) from None
    except OSError as error:
        raise NotExportedError(f"The file cannot be made: {error.strerror}.", file=path.name) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as target:
            return export_audience_roster(project, name, target)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise NotExportedError(f"The file cannot be written: {error.strerror}.", file=path.name) from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _present_recipients(project: ProjectView, name: str) -> Iterator[Recipient]:
    """The people of the roster as it is; nobody where there is none that can be read."""
    audience = open_audience(project, name, roster_needed=False)
    if audience.roster.is_file():
        yield from read_recipients(project, audience, lambda _: None)


def _erased_row_warnings(project: ProjectView) -> Callable[[Recipient], Iterator[Problem]]:
    """What tells of somebody on a list who was erased: by it, what was forgotten of them stands here again."""
    with project.ledger.reading() as conn:
        erased = frozenset(one.blind for one in suppressions.list_all(conn) if not one.address)

    def tell(one: Recipient) -> Iterator[Problem]:
        addresses = ((Channel.EMAIL, one.email), (Channel.SMS, one.phone)) if erased else ()
        if any(at and blind_address_index(project.keyring, channel, at) in erased for channel, at in addresses):
            message = "this person was erased, and gets no letters; with this list, their data are here again"
            remedy = "Take the row out of your list, and erase them again:  broadcaster audience erase NAME ADDRESS"
            yield Problem.warning("row-erased", message, remedy, line=one.row)

    return tell


def _switch_to_encrypted(project: ProjectView, audience: Audience) -> None:
    """Let the audience's YAML name the encrypted roster, then remove the one in plain text."""
    try:
        described = YamlEditor(project.root / audience.file, project.root)
        described.set(("roster",), audience.roster.name)
        described.save()
        audience.roster.with_name(audience.roster.name.removesuffix(ENCRYPTED_SUFFIX)).unlink(missing_ok=True)
    except OSError as error:
        raise RosterNotWrittenError(
            f"The encrypted roster is there, but the old one is still in force: {error.strerror}.",
            remedy=f"Write  roster: {audience.roster.name}  into the YAML yourself, and delete the old one.",
            file=audience.file,
        ) from None
