"""The revisions that a ledger can be at, oldest first; a test compares them with the migrations' files.

They stand here so that opening a ledger that is up to date need not load Alembic.
"""

SCHEMA_REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010")
NEWEST_REVISION = SCHEMA_REVISIONS[-1]
