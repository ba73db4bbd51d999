"""What is found out of a mail server while sending is remembered, and said."""

from pathlib import Path

import pytest

from tests.commandline import process, runner
from tests.projects import AUDIENCE, CAMPAIGN, LETTER, approve, make_project
from tests.services.stage import sql
from tests.standins.smtp import Plan, StandIn


def test_a_server_that_turns_down_what_comes_early_gets_everybodys_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "project"
    plan = Plan(early_after_dot="503 Bad sequence of commands - pipelined after end of DATA")
    with StandIn(plan, tmp_path) as server:
        relay = {"host": "127.0.0.1", "port": str(server.port), "starttls": "never", "connections": "1"}
        again = {"letter": LETTER, "audience": AUDIENCE, "when": "2026-01-06 09:00"}
        make_project(folder, people=12, providers={"email": "smtp", "smtp": relay}, campaigns={"again": again})
        send(folder, CAMPAIGN)
        said = runner(folder, monkeypatch, capsys)("status").out
        assert f"127.0.0.1:{server.port}" in said
        assert "each message waits" in said
        early = server.counts.seen["early"]
        assert sql(folder, "SELECT DISTINCT state FROM deliveries") == [("accepted",)]
        send(folder, "again")
        assert len(server.taken) == 24
        assert server.counts.seen["early"] == early, "another process goes by what this one found out"


def send(folder: Path, campaign: str) -> None:
    """Send a campaign to everybody, in a process of its own."""
    approve(folder, campaign)
    done = process(folder, "send", campaign, "--by", "amina", "--yes")
    assert done.code == 0, done.err
