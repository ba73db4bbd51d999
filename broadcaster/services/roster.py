"""Rosters, looked through, taken in and given out."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TextIO

from broadcaster.audiences import (
    Audience,
    Imported,
    Recipient,
    RosterNotWrittenError,
    export_roster,
    import_roster,
    make_identity,
)
from broadcaster.domain.channels import Channel, ChannelChoice, channels_for
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Level, Problem
from broadcaster.domain.wishes import permits, preferred_channel
from broadcaster.ledger import audit, consent, rosters, suppressions
from broadcaster.ledger.audit import Entry
from broadcaster.services.addresses import blind_of
from broadcaster.services.audience import open_audience, read_recipients
from broadcaster.services.people import Actor, host, system_user
from broadcaster.services.project import Project
from broadcaster.services.yamltext import YamlText

CHUNK = 500
"""Recipients whose consent and suppressions are looked up in one query."""

PROBLEMS_KEPT = 1_000
"""Shown at most; a roster of a million bad rows must not fill the memory. The count goes on."""

ENCRYPTED = ".age"


class ListMissingError(BroadcasterError):
    """The file to be imported is not there."""

    code = "list-missing"
    default_remedy = "Name the CSV file with the people: broadcaster audience import NAME FILE"


class NotExportedError(BroadcasterError):
    """The file to export to is there already, or cannot be made."""

    code = "not-exported"
    default_remedy = "Give another name to --out."


@dataclass(slots=True)
class Look:
    """What looking through an audience found; counts are of people.

    `usable` are the good rows of the roster; of them, `excluded` says who would not be written to and why. The rest are
    in `by_language`, and in `by_channel` by the way a campaign with `channel: preferred` takes. `errors` counts all
    errors, `problems` holds the first of what was found.
    """

    audience: str
    usable: int = 0
    unusable: int = 0
    errors: int = 0
    by_language: Counter[str] = field(default_factory=Counter)
    by_channel: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    _bad_row: int | None = None

    def note(self, problem: Problem) -> None:
        """Take a problem in; those of one row come one after the other."""
        if problem.level is Level.ERROR:
            self.errors += 1
            if problem.line is not None and problem.line != self._bad_row:
                self._bad_row = problem.line
                self.unusable += 1
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(problem)

    def as_json(self) -> Mapping[str, object]:
        """The keys of `audience check --json`, but for the problems."""
        return {
            "audience": self.audience,
            "usable": self.usable,
            "unusable": self.unusable,
            "by_language": dict(sorted(self.by_language.items())),
            "by_channel": dict(sorted(self.by_channel.items())),
            "excluded": dict(sorted(self.excluded.items())),
        }


def look_through(project: Project, name: str) -> Look:
    """Everything there is to say about an audience and its roster; what is wrong is in the answer, not raised."""
    look = Look(name)
    try:
        audience = open_audience(project, name)
        selected = _selected(look, audience, read_recipients(project, audience, look.note))
        while chunk := list(islice(selected, CHUNK)):
            _count(project, look, chunk)
    except ProblemsFoundError as error:
        for problem in error.problems:
            look.note(problem)
    except BroadcasterError as error:
        look.note(error.as_problem())
    return look


def has_people(project: Project, name: str) -> bool:
    """Whether an audience has a roster already. Raises `ProblemsFoundError` for one that is not described rightly."""
    return open_audience(project, name, roster_needed=False).roster.exists()


def take_in(  # noqa: PLR0913 (each is said by its name)
    project: Project,
    name: str,
    source: Path,
    *,
    encrypt: bool = False,
    leave_out: bool = False,
    by: Actor | None = None,
) -> tuple[Audience, Imported]:
    """Make the CSV file `source` the roster of an audience, whole or not at all.

    No copy of the old roster is kept: whoever was taken off it would live on there. With `encrypt` the new one is
    encrypted, under a key that is made if there is none, and the old one in plain text is removed. Raises
    `ProblemsFoundError` for a list with errors (only for one that is bad as a whole with `leave_out`),
    `ListMissingError`, and what writing a roster raises.
    """
    if not source.is_file():
        raise ListMissingError("The file to be imported is not there, or is no file.", file=source.name)
    audience = open_audience(project, name, roster_needed=False)
    identity = project.settings.age_identity
    made_key = False
    if encrypt:
        if audience.roster.suffix != ENCRYPTED:
            audience = replace(audience, roster=audience.roster.with_name(audience.roster.name + ENCRYPTED))
        made_key = make_identity(identity)
    mark_key = project.keyring.mark_key
    try:
        done = import_roster(audience, source, mark_key=mark_key, identity=identity, leave_out=leave_out)
    except BaseException:
        if made_key:
            identity.unlink()
        raise
    if encrypt:
        _go_over(project, audience)
    encrypted = audience.roster.suffix == ENCRYPTED
    detail = {"rows": done.rows, "left_out": len({one.line for one in done.left_out}), "encrypted": encrypted}
    who = by or Actor(system_user(), "", system_user(), host())
    with project.ledger.writing() as conn:
        # Of those who are no longer on the list nothing is to be remembered.
        rosters.forget_all(conn, name)
        audit.write(conn, Entry(who.name, "audience-import", name, detail, who.system_user, who.host))
    return audience, done


def give_out(project: Project, name: str, target: TextIO, by: Actor | None = None) -> Look:
    """Write an audience's usable rows as CSV for a spreadsheet; what could not be used is in the answer."""
    audience = open_audience(project, name)
    who = by or Actor(system_user(), "", system_user(), host())
    with project.ledger.writing() as conn:
        # Before anything is given out: what stands in the log may not depend on who reads to the end.
        audit.write(conn, Entry(who.name, "audience-export", name, {}, who.system_user, who.host))
    look = Look(name)
    look.usable = export_roster(read_recipients(project, audience, look.note), target)
    return look


def give_out_to(project: Project, name: str, path: Path) -> Look:
    """As `give_out`, into a new file that only its owner may read. Raises `NotExportedError`."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise NotExportedError("There is a file of this name already; it is left as it is.", file=path.name) from None
    except OSError as error:
        raise NotExportedError(f"The file cannot be made: {error.strerror}.", file=path.name) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as target:
            return give_out(project, name, target)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise NotExportedError(f"The file cannot be written: {error.strerror}.", file=path.name) from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _selected(look: Look, audience: Audience, recipients: Iterator[Recipient]) -> Iterator[Recipient]:
    for recipient in recipients:
        look.usable += 1
        if audience.selects(recipient):
            yield recipient
        else:
            look.excluded["not-selected"] += 1


def _count(project: Project, look: Look, chunk: list[Recipient]) -> None:
    people = [(one, _blinds(project, one)) for one in chunk]
    blinds = [blind for _, mine in people for blind in mine.values()]
    with project.ledger.reading() as conn:
        chosen = consent.among(conn, blinds)
        barred = suppressions.among(conn, blinds)
    for recipient, mine in people:
        wishes = {channel: chosen[blind] for channel, blind in mine.items() if blind in chosen}
        preferred = preferred_channel(wishes) or recipient.channel
        has_email, has_phone = Channel.EMAIL in mine, Channel.SMS in mine
        (channel,) = channels_for(ChannelChoice.PREFERRED, preferred, has_email=has_email, has_phone=has_phone)
        if not permits(wishes, channel):
            look.excluded["opted-out"] += 1
        elif mine[channel] in barred:
            look.excluded["suppressed"] += 1
        else:
            look.by_channel[channel.value] += 1
            look.by_language[recipient.language] += 1


def _blinds(project: Project, one: Recipient) -> dict[Channel, bytes]:
    addresses = {Channel.EMAIL: one.email, Channel.SMS: one.phone}
    return {channel: blind_of(project.keyring, channel, address) for channel, address in addresses.items() if address}


def _go_over(project: Project, audience: Audience) -> None:
    """Let the audience's YAML name the encrypted roster, then remove the one in plain text."""
    try:
        described = YamlText(project.root / audience.file, project.root)
        described.set(("roster",), audience.roster.name)
        described.save()
        audience.roster.with_name(audience.roster.name.removesuffix(ENCRYPTED)).unlink(missing_ok=True)
    except OSError as error:
        raise RosterNotWrittenError(
            f"The encrypted roster is there, but the old one is still in force: {error.strerror}.",
            remedy=f"Write  roster: {audience.roster.name}  into the YAML yourself, and delete the old one.",
            file=audience.file,
        ) from None
