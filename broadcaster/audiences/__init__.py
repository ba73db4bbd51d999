"""Who a letter is for: reading, checking and choosing the people of an audience."""

from collections.abc import Iterable, Iterator

from broadcaster.audiences.addresses.address_cells import split_emails
from broadcaster.audiences.addresses.mobile_numbers import is_country_reading_code
from broadcaster.audiences.addresses.typed_address import TypedAddressError, read_address
from broadcaster.audiences.columns.arrangement import LEFT_OUT, Arrangement, heading_key
from broadcaster.audiences.columns.column_matching import ColumnMatching, MatchedHeading
from broadcaster.audiences.columns.column_names import STANDARD_COLUMNS, SheetError, is_column_name
from broadcaster.audiences.columns.known_headings import heading_meaning
from broadcaster.audiences.description.audience import Audience, list_audience_names, load_audience
from broadcaster.audiences.description.where_expression import WhereError
from broadcaster.audiences.importing.import_export import ImportResult, RowsRefusedError, export_roster, import_roster
from broadcaster.audiences.importing.list_preparation import (
    QUESTION_CODES,
    ListChoices,
    ListDoubt,
    PreparedList,
    prepare_list,
    read_table_rows,
)
from broadcaster.audiences.importing.roster_comparison import RosterChanges
from broadcaster.audiences.model.defaults import Defaults
from broadcaster.audiences.model.recipient import Recipient
from broadcaster.audiences.model.row_errors import ACCEPTABLE_CODES, AcceptableReading
from broadcaster.audiences.rosters.address_lookup import find_rows_with_address
from broadcaster.audiences.rosters.erasure import ErasedRows, erase_from_roster
from broadcaster.audiences.rosters.fingerprints import RosterFingerprint
from broadcaster.audiences.rosters.roster_header import roster_columns
from broadcaster.audiences.rosters.roster_reader import read_roster, read_row
from broadcaster.audiences.rosters.row_display import ShownFlaw, ShownRow, show_rows
from broadcaster.audiences.rosters.row_offsets import RowOffsets, find_row_offsets, find_rows_by_name
from broadcaster.audiences.rosters.seen_rows import SeenRows, SeenRowsInMemory
from broadcaster.audiences.storage.age_identity import make_identity
from broadcaster.audiences.storage.encrypted_file import (
    DecryptionError,
    FileSource,
    IdentityError,
    RosterNotWrittenError,
    RosterUnreadableError,
)


def select(audience: Audience, recipients: Iterable[Recipient]) -> Iterator[Recipient]:
    """Those whom the audience's `where` lets in. Raises `WhereError` if it names a column that the roster lacks."""
    return (recipient for recipient in recipients if audience.selects(recipient))


__all__ = [
    "ACCEPTABLE_CODES",
    "LEFT_OUT",
    "QUESTION_CODES",
    "STANDARD_COLUMNS",
    "AcceptableReading",
    "Arrangement",
    "Audience",
    "ColumnMatching",
    "DecryptionError",
    "Defaults",
    "ErasedRows",
    "FileSource",
    "IdentityError",
    "ImportResult",
    "ListChoices",
    "ListDoubt",
    "MatchedHeading",
    "PreparedList",
    "Recipient",
    "RosterChanges",
    "RosterFingerprint",
    "RosterNotWrittenError",
    "RosterUnreadableError",
    "RowOffsets",
    "RowsRefusedError",
    "SeenRows",
    "SeenRowsInMemory",
    "SheetError",
    "ShownFlaw",
    "ShownRow",
    "TypedAddressError",
    "WhereError",
    "erase_from_roster",
    "export_roster",
    "find_row_offsets",
    "find_rows_by_name",
    "find_rows_with_address",
    "heading_key",
    "heading_meaning",
    "import_roster",
    "is_column_name",
    "is_country_reading_code",
    "list_audience_names",
    "load_audience",
    "make_identity",
    "prepare_list",
    "read_address",
    "read_roster",
    "read_row",
    "read_table_rows",
    "roster_columns",
    "select",
    "show_rows",
    "split_emails",
]
