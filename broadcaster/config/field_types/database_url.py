"""The `database` line: which stores are known, and where an SQLite file lies."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationInfo

from broadcaster.config.field_types.scalars import wrong_value

_REMEDY = "Write sqlite:///var/broadcaster.db, or postgresql://user@host/name."
_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql://", "postgres://", "postgresql+psycopg://")


def parse_database_url(text: Any, info: ValidationInfo) -> str:
    """The line as a SQLAlchemy URL: an SQLite path made absolute below the project folder, PostgreSQL by psycopg 3."""
    if not isinstance(text, str):
        raise wrong_value("the address of a database is needed here", _REMEDY)
    if text.startswith(_SQLITE):
        path = text.removeprefix(_SQLITE)
        if not path or path.startswith(":") or any(mark in path for mark in "?\0"):
            raise wrong_value("an SQLite database needs the path of a file, and nothing else", _REMEDY)
        root: Path = (info.context or {}).get("root", Path())
        return _SQLITE + str(root / path)
    for scheme in _POSTGRESQL:
        if text.startswith(scheme):
            _check_port(text)
            return "postgresql+psycopg://" + text.removeprefix(scheme)
    # The text is not repeated: it may hold a password.
    raise wrong_value("this database is not known", _REMEDY)


def has_password(text: str) -> bool:
    """Whether a password stands in the address, where it would be read by everybody who reads the file."""
    try:
        return bool(urlsplit(text).password) or "password=" in urlsplit(text).query
    except ValueError:
        return False


def _check_port(text: str) -> None:
    try:
        _ = urlsplit(text).port
    except ValueError:
        raise wrong_value("this is not the address of a database", _REMEDY) from None
