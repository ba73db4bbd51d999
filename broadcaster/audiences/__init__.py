"""Who a letter is for: reading, checking and choosing the people of an audience."""

from collections.abc import Iterable, Iterator

from broadcaster.audiences.address import AddressError, read_address
from broadcaster.audiences.arrangement import LEFT_OUT, Arrangement, heading_key
from broadcaster.audiences.audience import Audience, load_audience, names
from broadcaster.audiences.cell_forms import emails_in
from broadcaster.audiences.column_matching import MatchedHeading, Matching
from broadcaster.audiences.columns import STANDARD as STANDARD_COLUMNS
from broadcaster.audiences.columns import SheetError, is_column_name
from broadcaster.audiences.compare import Changes
from broadcaster.audiences.defaults import Defaults
from broadcaster.audiences.encrypted_file import (
    DecryptionError,
    IdentityError,
    RosterNotWrittenError,
    RosterUnreadableError,
    Source,
    remove_unfinished,
)
from broadcaster.audiences.erase import Erased, erase
from broadcaster.audiences.fingerprints import RosterMark
from broadcaster.audiences.header import roster_columns
from broadcaster.audiences.identity import make_identity
from broadcaster.audiences.import_export import Imported, RowsRefusedError, export_roster, import_roster
from broadcaster.audiences.known_headings import heading_meaning
from broadcaster.audiences.list_preparation import (
    QUESTION_CODES,
    Doubt,
    ListChoices,
    PreparedList,
    prepare_list,
    table_rows,
)
from broadcaster.audiences.lookup import rows_with_address
from broadcaster.audiences.mobiles import is_country_code
from broadcaster.audiences.recipient import Recipient
from broadcaster.audiences.roster import read_roster, read_row
from broadcaster.audiences.row_cache import SeenInMemory, SeenRows
from broadcaster.audiences.row_display import Fault, ShownRow, show_rows
from broadcaster.audiences.row_errors import ACCEPTABLE, Way
from broadcaster.audiences.row_offsets import Places, find_places, rows_named
from broadcaster.audiences.where import WhereError


def select(audience: Audience, recipients: Iterable[Recipient]) -> Iterator[Recipient]:
    """Those whom the audience's `where` lets in. Raises `WhereError` if it names a column that the roster lacks."""
    return (recipient for recipient in recipients if audience.selects(recipient))


__all__ = [
    "ACCEPTABLE",
    "LEFT_OUT",
    "QUESTION_CODES",
    "STANDARD_COLUMNS",
    "AddressError",
    "Arrangement",
    "Audience",
    "Changes",
    "DecryptionError",
    "Defaults",
    "Doubt",
    "Erased",
    "Fault",
    "IdentityError",
    "Imported",
    "ListChoices",
    "MatchedHeading",
    "Matching",
    "Places",
    "PreparedList",
    "Recipient",
    "RosterMark",
    "RosterNotWrittenError",
    "RosterUnreadableError",
    "RowsRefusedError",
    "SeenInMemory",
    "SeenRows",
    "SheetError",
    "ShownRow",
    "Source",
    "Way",
    "WhereError",
    "emails_in",
    "erase",
    "export_roster",
    "find_places",
    "heading_key",
    "heading_meaning",
    "import_roster",
    "is_column_name",
    "is_country_code",
    "load_audience",
    "make_identity",
    "names",
    "prepare_list",
    "read_address",
    "read_roster",
    "read_row",
    "remove_unfinished",
    "roster_columns",
    "rows_named",
    "rows_with_address",
    "select",
    "show_rows",
    "table_rows",
]
