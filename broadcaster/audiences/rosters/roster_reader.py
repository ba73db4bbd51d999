"""Walking a roster: every row becomes a recipient or is reported, and only a few hundred rows stand in memory."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path

from broadcaster.audiences.addresses.mobile_numbers import NOT_MOBILE_CODE
from broadcaster.audiences.columns.column_names import STANDARD_COLUMNS, SheetError
from broadcaster.audiences.description.audience import Audience
from broadcaster.audiences.formats.csv_sheet import CsvSheet, Row
from broadcaster.audiences.model.defaults import Defaults
from broadcaster.audiences.model.recipient import Recipient
from broadcaster.audiences.model.row_errors import Flaw
from broadcaster.audiences.rosters.duplicates import DuplicateEntry, DuplicatePersonFinder
from broadcaster.audiences.rosters.fingerprints import row_marker
from broadcaster.audiences.rosters.seen_rows import SeenRows
from broadcaster.audiences.storage.encrypted_file import open_roster
from broadcaster.audiences.validation.row_reader import RowReader
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.problems import Problem, Severity

ROWS_PER_CHUNK = 500
"""Rows looked up in one call of `find_known`."""

# json.loads would guess the encoding of bytes each time, which takes as long as reading them.
_decode = json.JSONDecoder().decode
_CHANNELS = {channel.value: channel for channel in Channel}


def read_roster(
    audience: Audience, *, mark_key: bytes, seen: SeenRows | None = None, identity: Path | None = None
) -> Iterator[Recipient | Problem]:
    """Everybody on the roster, in its order, and a problem for each thing wrong with a row.

    A row with an error is not among the recipients; one with a warning is. Rows that `seen` knows are not examined
    again, and new good ones are told to it. `mark_key` keys the marks; `identity` is the age identity file of an
    encrypted roster. A roster that cannot be read (further) is a problem too, never an exception.
    """
    file = audience.roster_name
    try:
        with closing(open_roster(audience.source, identity)) as stream:
            walk = _RosterWalk(CsvSheet(stream, audience.arrangement), audience, mark_key, seen)
            with DuplicatePersonFinder() as people:
                for found in walk.chunks():
                    yield from _with_duplicate_warnings(found, people, file)
    except SheetError as error:
        yield from (flaw.at(file, None) for flaw in error.flaws)
    except BroadcasterError as error:
        yield Problem.error(error.code, error.message, error.remedy, file=file, line=error.line)


def read_row(
    audience: Audience, row: int, offset: int | None, *, mark_key: bytes, identity: Path | None = None
) -> Recipient | None:
    """The recipient in this row, which begins at this byte of the file; without one the file is walked to it.

    None when it is not usable any more. Raises what opening the roster raises.
    """
    with suppress(SheetError), closing(open_roster(audience.source, identity)) as stream:
        walk = _RosterWalk(CsvSheet(stream, audience.arrangement), audience, mark_key, None)
        return walk.read_row(row, offset)
    return None


def _with_duplicate_warnings(
    chunk: list[Recipient | Problem], people: DuplicatePersonFinder, file: str
) -> Iterator[Recipient | Problem]:
    yield from chunk
    for repeat in people.repeats([one for one in chunk if isinstance(one, Recipient)]):
        yield _duplicate_flaw(repeat).at(file, repeat.row)


def _duplicate_flaw(repeat: DuplicateEntry) -> Flaw:
    """A warning, for nobody is ever joined with somebody else: only one address is one."""
    first, code = repeat.first, "duplicate-address"
    if repeat.column == "name":
        code = "same-name"
        message = f"the same name stands on row {first} with another address: one person with two? Both are written to"
        remedy = "If it is one person, delete one of the rows. If they are two, nothing needs doing."
    elif repeat.same_name:
        message = f"the same address stands on row {first}; whoever has it gets a letter once"
        remedy = "Delete one of the two rows, or correct the address."
    elif repeat.column == "phone":
        message = f"the same number stands on row {first} under another name, as a family's one number does"
        remedy = f"Give each their own number, or leave it at that: one text goes to it, for the person on row {first}."
    else:
        message = f"the same address stands on row {first} under another name; whoever has it gets a letter once"
        remedy = f"Give each their own address, or leave it at that: it goes to the person on row {first}."
    return Flaw(code, repeat.column, message, remedy, Severity.WARNING)


class _RosterWalk:
    """One pass over a sheet, a chunk of rows at a time."""

    def __init__(self, sheet: CsvSheet, audience: Audience, mark_key: bytes, seen: SeenRows | None) -> None:
        self._sheet = sheet
        self._audience = audience
        self._seen = seen
        self._reader = RowReader(sheet.columns, audience.defaults, audience.arrangement.accept)
        self._mark = row_marker(mark_key, sheet.columns, audience.defaults)
        self._make = _recipient_maker(sheet.columns, audience.defaults)

    def chunks(self) -> Iterator[list[Recipient | Problem]]:
        """The roster's findings, chunk by chunk."""
        rows = self._sheet.rows()
        while True:
            chunk, broken = _next_rows(rows)
            if chunk:
                yield self._chunk(chunk)
            if broken is not None:
                raise broken
            if not chunk:
                return

    def read_row(self, row: int, offset: int | None) -> Recipient | None:
        """The recipient in one row; None if the row is not usable."""
        if offset is not None:
            self._sheet.seek_row(row, offset)
        cells = next((cells for number, cells in self._sheet.rows() if number == row), None)
        found = self._chunk([(row, cells)]) if cells is not None else []  # type: ignore[list-item]
        return next((one for one in found if isinstance(one, Recipient)), None)

    def _chunk(self, chunk: list[Row | tuple[int, Flaw]]) -> list[Recipient | Problem]:
        mark, make, width = self._mark, self._make, len(self._sheet.columns)
        marks = [mark(cells) if isinstance(cells, list) and len(cells) == width else b"" for _, cells in chunk]
        known = self._seen.find_known(self._audience.name, [one for one in marks if one]) if self._seen else {}
        found: list[Recipient | Problem] = []
        fresh: dict[bytes, bytes | None] = {}
        for (row, cells), digest in zip(chunk, marks, strict=True):
            if isinstance(cells, Flaw):
                found.append(cells.at(self._audience.roster_name, row))
            elif digest in known:
                found.append(make(row, cells, known[digest], digest))
            else:
                found += self._examine(row, cells, fresh)
        if self._seen and fresh:
            self._seen.remember(self._audience.name, list(fresh.items()))
        return found

    def _examine(self, row: int, cells: list[str], fresh: dict[bytes, bytes | None]) -> Iterator[Recipient | Problem]:
        """One row that is not known; what is to be remembered of a flawless one is put into `fresh`."""
        if not any(map(str.strip, cells)):
            return
        values, flaws = self._reader.read(cells)
        yield from (flaw.at(self._audience.roster_name, row) for flaw in flaws)
        if any(flaw.level is Severity.ERROR for flaw in flaws):
            return
        cells = cells[: len(self._sheet.columns)]
        changed = {
            column: values[column]
            for column, cell in zip(self._sheet.columns, cells, strict=True)
            if values[column] != cell
        }
        kept = json.dumps(changed, ensure_ascii=False, separators=(",", ":")).encode() if changed else None
        digest = self._mark(cells)
        # A row with a warning is examined each time, so that the warning is given each time.
        if not flaws:
            fresh[digest] = kept
        recipient = self._make(row, cells, kept, digest)
        # What stands in the row stays to be found and shown; only, nobody is reached by it.
        yield recipient._replace(phone=None) if any(flaw.code == NOT_MOBILE_CODE for flaw in flaws) else recipient


def _next_rows(rows: Iterator[Row | tuple[int, Flaw]]) -> tuple[list[Row | tuple[int, Flaw]], SheetError | None]:
    """The next rows; where the file breaks off, those before it, and why."""
    chunk: list[Row | tuple[int, Flaw]] = []
    try:
        for row in islice(rows, ROWS_PER_CHUNK):
            chunk.append(row)
    except SheetError as error:
        return chunk, error
    return chunk, None


def _recipient_maker(
    columns: Sequence[str], defaults: Defaults
) -> Callable[[int, list[str], bytes | None, bytes], Recipient]:
    """A function from a good row's cells, and what normalising changed in them, to the recipient."""
    lacking = {column: "" for column in STANDARD_COLUMNS if column not in columns}
    language, timezone = defaults.language, defaults.timezone

    def make(row: int, cells: list[str], kept: bytes | None, mark: bytes) -> Recipient:
        fields = dict(zip(columns, cells, strict=True))
        if lacking:
            fields.update(lacking)
        if kept is not None:
            fields.update(_decode(kept.decode()))
        if not fields["language"]:
            fields["language"] = language
        if not fields["timezone"]:
            fields["timezone"] = timezone
        return Recipient(
            row,
            fields["name"],
            fields["email"] or None,
            fields["phone"] or None,
            fields["language"],
            _CHANNELS.get(fields["channel"]),
            fields["timezone"],
            fields,
            mark,
        )

    return make
