"""Erasure from a roster: the file is replaced atomically, and all its other bytes stay."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from broadcaster.audiences.addresses import phones
from broadcaster.audiences.addresses.address_cells import split_emails, split_numbers
from broadcaster.audiences.addresses.emails import EmailReader
from broadcaster.audiences.columns.column_names import SheetError
from broadcaster.audiences.description.audience import Audience
from broadcaster.audiences.formats.csv_sheet import CsvSheet
from broadcaster.audiences.model.defaults import Defaults
from broadcaster.audiences.model.row_errors import Flaw, FlawError
from broadcaster.audiences.rosters.fingerprints import row_marker
from broadcaster.audiences.storage.encrypted_file import open_roster, replace_roster
from broadcaster.audiences.validation.row_reader import RowReader
from broadcaster.domain.contact.addresses import canonical_address
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.problems import Severity
from broadcaster.domain.text.cleaning import clean_text


@dataclass(frozen=True, slots=True)
class ErasedRows:
    """Rows that were taken out, as they were numbered before, and the marks of those that had been recipients."""

    rows: tuple[int, ...]
    marks: tuple[bytes, ...]


def erase_from_roster(audience: Audience, address: str, *, mark_key: bytes, identity: Path | None = None) -> ErasedRows:
    """Take out every row with this email address or telephone number, however it is written there.

    A row that cannot be read as one goes too if the address stands in it. Where nobody has the address, the file is not
    touched. Raises `ProblemsFoundError` if the roster cannot be read to its end, `RosterNotWrittenError`, and what
    opening a roster raises.
    """
    if not _copy_without(audience, address, mark_key, identity, lambda _: None).rows:
        return ErasedRows((), ())
    found = ErasedRows((), ())

    def write(target: BinaryIO) -> None:
        nonlocal found
        # Searched once more while writing: the file may have changed in between.
        found = _copy_without(audience, address, mark_key, identity, target.write)

    replace_roster(audience.roster, identity, write)
    return found


def _copy_without(
    audience: Audience, address: str, mark_key: bytes, identity: Path | None, keep: Callable[[bytes], object]
) -> ErasedRows:
    """Hand every other byte of the roster to `keep`, and say what was left out."""
    rows: list[int] = []
    marks: list[bytes] = []
    try:
        with closing(open_roster(audience.roster, identity)) as stream:
            sheet = CsvSheet(stream, audience.arrangement)
            search = _AddressSearch(sheet.columns, audience.defaults, address, mark_key)
            keep(sheet.bom + sheet.raw(sheet.preamble))
            for row, cells in sheet.rows(blank=True):
                if search.finds(cells, sheet.taken):
                    rows.append(row)
                    marks += search.marks(cells)
                else:
                    keep(sheet.raw(sheet.taken))
    except SheetError as error:
        raise ProblemsFoundError(tuple(flaw.at(audience.roster_name, None) for flaw in error.flaws)) from None
    return ErasedRows(tuple(rows), tuple(marks))


class _AddressSearch:
    """Looks for one address in the rows of one sheet."""

    def __init__(self, columns: Sequence[str], defaults: Defaults, address: str, mark_key: bytes) -> None:
        self._columns = columns
        self._region = defaults.region
        self._emails = EmailReader()
        self._reader = RowReader(columns, defaults)
        self._mark = row_marker(mark_key, columns, defaults)
        self._said = canonical_address(clean_text(address))
        self._wanted = {self._said, *self._forms(address)}

    def finds(self, cells: list[str] | Flaw, lines: Sequence[str]) -> bool:
        """Whether the address stands in the row's email or phone, or anywhere in one that is broken."""
        if isinstance(cells, Flaw):
            return len(lines) == 1 and bool(self._said) and self._said in canonical_address(lines[0])
        for column, cell in zip(self._columns, cells, strict=False):
            if column in ("email", "phone") and cell:
                text = clean_text(cell)
                if canonical_address(text) in self._wanted or not self._wanted.isdisjoint(self._forms(text)):
                    return True
        return False

    def marks(self, cells: list[str] | Flaw) -> list[bytes]:
        """The row's mark, if it is one that would have become a recipient."""
        if isinstance(cells, Flaw) or any(flaw.level is Severity.ERROR for flaw in self._reader.read(cells)[1]):
            return []
        return [self._mark(cells[: len(self._columns)])]

    def _forms(self, text: str) -> list[str]:
        """The addresses in a cell as they would be written to, those of it that are any."""
        cleaned = clean_text(text)
        found = []
        for part in split_emails(cleaned) if "@" in cleaned else split_numbers(cleaned):
            try:
                found.append(
                    canonical_address(
                        self._emails.read(part) if "@" in part else phones.read_number(part, self._region)
                    )
                )
            except FlawError:
                continue
        return found
