"""What `send` says on its way: what the ledger counts, not how many were seen through."""

from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.cli.broadcasts import progress
from broadcaster.services.reporting import broadcast_status
from tests.commandline import Run
from tests.projects import CAMPAIGN
from tests.services.approving.test_decisions import approved
from tests.services.stage import sql


def test_what_was_refused_is_not_handed_over(
    folder: Path, run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(run)
    run("send", CAMPAIGN, "--by", "david")
    sql(folder, "UPDATE broadcasts SET state = 'sending', finished_at = NULL")
    sql(folder, "DELETE FROM counters WHERE n = 0")
    sql(folder, "UPDATE counters SET state = 'queued'")
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)
    with open_project(folder) as project:
        (one,) = broadcast_status.list_broadcast_statuses(project)
        with progress.show_progress(project, one.broadcast, quiet=False) as after_batch:
            sql(folder, "UPDATE counters SET state = 'refused' WHERE channel = 'email'")
            after_batch(100)
            sql(folder, "UPDATE counters SET state = 'accepted' WHERE channel = 'sms'")
            after_batch(100)
    assert capsys.readouterr().err.splitlines() == [
        f"{CAMPAIGN}: 0 of 6 handed over; 2 waiting, 4 refused",
        f"{CAMPAIGN}: 2 of 6 handed over; 4 refused",
        f"{CAMPAIGN}: 2 of 6 handed over; 4 refused",
    ]
