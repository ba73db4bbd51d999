"""A ledger that an older version left in the midst of a broadcast is upgraded and sent to its end.

The folder older_ledgers/c7e2927 was made by that commit: 30 people over SMTP at four a second, killed with 20
messages accepted, four handed over without an answer recorded, and six queued. `taken.jsonl` is what the mail server
had by then.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from broadcaster.domain.states import BroadcastState, DeliveryState
from tests import projects
from tests.standins.smtpplan import read_ledger
from tests.survival.conftest import StartMailServer
from tests.survival.trial import Trial

LEFT = Path(__file__).with_name("older_ledgers") / "c7e2927"
PEOPLE = 30


def _restored(folder: Path, **changes: Any) -> Trial:
    """The project as it was left. Only its mail server listens on another port now."""
    projects.make_project(folder, PEOPLE, **changes)
    shutil.copyfile(LEFT / "key", folder / "var" / "key")
    database = folder / "var" / "broadcaster.db"
    database.unlink(missing_ok=True)
    with closing(sqlite3.connect(database)) as conn:
        conn.executescript((LEFT / "ledger.sql").read_text())
    return Trial(folder, PEOPLE)


def test_a_broadcast_begun_by_an_older_version_is_sent_to_its_end(tmp_path: Path, mail_server: StartMailServer) -> None:
    server = mail_server()
    trial = _restored(tmp_path / "project", providers=server.settings, pace={"smtp": "1000/s"})
    assert not trial.life()
    rows = trial.rows()
    trial.doubted = {row.id for row in rows if row.state is DeliveryState.UNSURE}
    assert len(trial.doubted) == 4
    assert trial.state() is BroadcastState.FINISHED
    trial.compare(read_ledger(LEFT / "taken.jsonl") + server.taken())
    assert len(server.taken()) == 6
