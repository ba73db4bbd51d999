"""Errors of the ledger, and what to do about each.

Messages name the database and never a value that was to be stored.
"""

from broadcaster.domain.errors import BroadcasterError


class LedgerError(BroadcasterError):
    """The database failed in a way that has no error of its own here."""

    code = "ledger-failed"
    default_remedy = "Nothing of this step was kept. Run the command again; if it fails again, report it with its code."


class LedgerUrlError(LedgerError):
    """`database` in config.yaml names no database that is supported."""

    code = "ledger-url"
    default_remedy = "Write sqlite:///var/broadcaster.db or postgresql://user@host/name as `database` in config.yaml."


class LedgerDriverError(LedgerError):
    """The ledger is on PostgreSQL and its driver is not installed."""

    code = "ledger-driver"
    default_remedy = "Where broadcaster is installed, run: python -m pip install 'psycopg[binary]>=3.2'"


class LedgerLockedError(LedgerError):
    """Another process held the lock for longer than we wait."""

    code = "ledger-locked"
    default_remedy = (
        "Wait until the other broadcaster process has done its step, then run the command again; it goes on where it "
        "was. If none is running, look for a backup or a database browser that has the file open."
    )


class LedgerReadOnlyError(LedgerError):
    """The ledger is read-only for this user."""

    code = "ledger-read-only"
    default_remedy = "Give the user who runs broadcaster the right to write the database file and its folder."


class LedgerFullError(LedgerError):
    """The disk is full."""

    code = "ledger-full"
    default_remedy = "Make room on the disk, then run the command again; it goes on where it was."


class LedgerNewerError(LedgerError):
    """The ledger was written by a newer version of broadcaster."""

    code = "ledger-newer"
    default_remedy = "Install the newer version of broadcaster, or restore the backup made before the upgrade."


class LedgerOlderError(LedgerError):
    """The ledger was written by an earlier version of broadcaster, and a query does not upgrade it."""

    code = "ledger-older"
    default_remedy = (
        "Any command that changes something upgrades it, and so does `broadcaster database upgrade`. An SQLite ledger "
        "is copied first; one on PostgreSQL waits until you say that you have made a backup."
    )


class LedgerBackupNeededError(LedgerError):
    """A ledger on PostgreSQL must be upgraded, and nobody has confirmed a backup."""

    code = "ledger-backup-needed"
    default_remedy = (
        "Nothing was changed. Stop broadcaster, make a backup (pg_dump, see docs/running.md), then run: "
        "broadcaster database upgrade --backup-made"
    )


class LedgerInUseError(LedgerError):
    """A process of an earlier version uses the ledger, so its tables cannot be changed."""

    code = "ledger-in-use"
    default_remedy = "Nothing was changed. Stop that process and wait until it has ended, then run the command again."


class LedgerForeignError(LedgerError):
    """The database is no ledger: another program's, or no database at all."""

    code = "ledger-foreign"
    default_remedy = "Name another `database` in config.yaml, or restore the ledger from its backup."


class LedgerDamagedError(LedgerError):
    """The database file is damaged."""

    code = "ledger-damaged"
    default_remedy = "Stop broadcaster, keep a copy of the file, and restore the ledger from its last backup."


class LedgerForbiddenError(LedgerError):
    """This user may not use the database, or its folder."""

    code = "ledger-forbidden"
    default_remedy = "Give the user who runs broadcaster the right to use the database and, for a file, its folder."


class LedgerUnreachableError(LedgerError):
    """The database server does not answer."""

    code = "ledger-unreachable"
    default_remedy = "See that the database server runs and that `database` in config.yaml names it, then run again."


class LedgerPoolerError(LedgerError):
    """The connection goes through PgBouncer or another pooler."""

    code = "ledger-pooler"
    default_remedy = (
        "Nothing was changed. Name PostgreSQL's own port in `database` of config.yaml: mostly 5432, not 6432. "
        "Behind a pooler the proof that a process lives would be another's, and messages could go out twice."
    )
