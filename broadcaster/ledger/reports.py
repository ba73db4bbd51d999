"""What providers reported, each report once however often it is repeated, kept before anything is done about it."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection

from broadcaster.domain.reports import Report
from broadcaster.ledger.bulk import insert_new
from broadcaster.ledger.tables import reports
from broadcaster.ledger.types import now, to_micros

_COLUMNS = ("provider", "key", "body", "received_at")


def store(conn: Connection, provider: str, new: Sequence[Report]) -> int:
    """Keep reports; how many of them this provider had not sent before."""
    stamp = to_micros(now())
    rows = [(provider, one.key, _dumped(one), stamp) for one in new]
    return insert_new(conn, reports, _COLUMNS, rows) if rows else 0


def _dumped(report: Report) -> str:
    return json.dumps(asdict(report) | {"at": report.at.isoformat()}, separators=(",", ":"), sort_keys=True)
