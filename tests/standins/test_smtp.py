"""The stand-in in a process of its own, as tests that kill the sender use it."""

import subprocess
import sys
from pathlib import Path

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.smtp import Security, Smtp, SmtpRoute
from tests.providers.people import email
from tests.standins.smtp import read_ledger

PLAN = '{"security": "starttls", "faults": [{"phase": "taken", "action": "drop", "after": 3, "times": 1}]}'


def test_it_serves_until_its_input_ends(tmp_path: Path) -> None:
    ledger, authority = tmp_path / "ledger.jsonl", tmp_path / "ca.pem"
    command = [sys.executable, "-m", "tests.standins.smtp", "--plan", PLAN]
    command += ["--ledger", str(ledger), "--ca-out", str(authority)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with Smtp(SmtpRoute("localhost", port, Security.STARTTLS, ca_file=authority, connections=1)).open() as session:
            receipts = session.send([email(number) for number in range(10)])
        process.communicate("")
    assert process.returncode == 0
    assert [receipt.outcome for receipt in receipts].count(Outcome.UNSURE) == 1
    assert receipts[3].outcome is Outcome.UNSURE
    assert [taken.envid for taken in read_ledger(ledger)] == [f"attempt{number}" for number in range(10)]
