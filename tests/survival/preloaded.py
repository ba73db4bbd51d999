"""All that a command may load, for a server that processes are forked from: none of them pays for an import again.

Commands load most modules only when they are needed, so loading the command line alone would not do.
"""

from importlib import import_module
from pkgutil import walk_packages

import broadcaster
from tests.survival import racer, sender

__all__ = ["racer", "sender"]

ALONE = ("broadcaster.__main__", "broadcaster.ledger.migrations.env")
"""Modules that do their work when they are loaded."""

LIBRARIES = (
    "alembic.command",
    "alembic.config",
    "apscheduler.triggers.cron",
    "babel.dates",
    "babel.numbers",
    "css_inline",
    "dns.resolver",
    "ftfy",
    "litestar",
    "markdown_it",
    "mjml",
    "psycopg",
    "rich.console",
    "rich.progress",
    "rich.table",
    "sendgrid",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "twilio.rest",
    "uvicorn",
)
"""What they load where it is used."""

for _found in walk_packages(broadcaster.__path__, "broadcaster."):
    if _found.name not in ALONE:
        import_module(_found.name)
for _name in LIBRARIES:
    import_module(_name)
