"""The columns of a roster, without reading its rows."""

from contextlib import closing
from pathlib import Path

from broadcaster.audiences.columns.column_names import STANDARD_COLUMNS, SheetError
from broadcaster.audiences.description.audience import Audience
from broadcaster.audiences.formats.csv_sheet import CsvSheet
from broadcaster.audiences.storage.encrypted_file import open_roster
from broadcaster.domain.errors import BroadcasterError


def roster_columns(audience: Audience, *, identity: Path | None = None) -> tuple[str, ...]:
    """What letters can use of everybody on the roster: the standard columns, whether they are there or not, and then
    its own. Of a roster that cannot be read only the standard ones; reading it tells why.
    """
    try:
        with closing(open_roster(audience.source, identity)) as stream:
            own = CsvSheet(stream, audience.arrangement).columns
    except (SheetError, BroadcasterError):
        own = ()
    return tuple(dict.fromkeys((*STANDARD_COLUMNS, *own)))
