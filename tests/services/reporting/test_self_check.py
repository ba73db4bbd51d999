"""What `serve` finds out about itself each hour."""

from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.project.project import now
from broadcaster.services.reporting.self_check import SelfCheck
from tests.projects import CAMPAIGN, approve
from tests.services.stage import sql
from tests.survival.clocks import at


def test_an_alarm_stands_in_the_log_once_an_hour_by_its_id(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    approve(folder)
    check = SelfCheck()
    with open_project(folder) as project:
        check(project)
        assert caplog.records == []
        sql(folder, "UPDATE approvals SET signature = 'forged'")
        check(project)
        assert caplog.records == []
        with at(now() + timedelta(minutes=61)):
            for _ in range(3):
                check(project)
    (said,) = {record.getMessage() for record in caplog.records if "[approval-invalid]" in record.getMessage()}
    assert len(caplog.records) == 1
    assert CAMPAIGN not in said
    assert str(sql(folder, "SELECT id FROM occurrences WHERE state = 'planned' ORDER BY seq DESC")[0][0]) in said
