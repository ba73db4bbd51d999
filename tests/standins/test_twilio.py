"""The stand-in in a process of its own, as tests that kill the sender use it, and what it sends to a hook."""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.base import HookRequest
from broadcaster.providers.twilio import Twilio, TwilioAccount, TwilioEndpoint
from tests.providers.people import sms
from tests.standins.json_lines import read_json_lines
from tests.standins.twilio import SID, TOKEN
from tests.standins.twiliohooks import Hook

PLAN = '{"numbers": {"+447700900001": 21211}, "faults": [{"phase": "after", "action": "drop", "after": 3, "times": 1}]}'


def test_it_serves_until_its_input_ends(tmp_path: Path) -> None:
    ledger, authority = tmp_path / "ledger.jsonl", tmp_path / "ca.pem"
    command = [sys.executable, "-m", "tests.standins.twilio", "--plan", PLAN]
    command += ["--ledger", str(ledger), "--ca-out", str(authority)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port, named = process.stdout.readline().split()
        line = TwilioEndpoint(f"https://localhost:{port}", 1, ca_file=Path(named))
        with Twilio(TwilioAccount(SID, TOKEN, line=line)).open() as session:
            receipts = session.send([sms(number) for number in range(10)])
        process.communicate("")
    assert process.returncode == 0
    outcomes = [receipt.outcome for receipt in receipts]
    assert (outcomes[1], outcomes[4], outcomes[5]) == (Outcome.REFUSED, Outcome.UNSURE, Outcome.LATER)
    assert [taken["to"] for taken in read_json_lines(ledger)] == [f"+44770090000{number}" for number in (0, 2, 3, 4)]


def test_it_sends_to_a_hook() -> None:
    heard: list[HookRequest] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            path = self.path.removeprefix("/hooks/twilio/")
            heard.append(HookRequest(f"http://127.0.0.1:{door.server_port}{self.path}", path, headers, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: a test's output is for the test."""

    with HTTPServer(("127.0.0.1", 0), Door) as door:
        threading.Thread(target=door.serve_forever, daemon=True).start()
        hook = Hook(f"http://127.0.0.1:{door.server_port}/hooks/twilio")
        sid = "SM" + "0" * 32
        assert hook.post(hook.inbound(sid, "+447700900123", "STOP"))[0] == 204
        assert hook.post(hook.status("a" * 26 + "-1", sid, "delivered"))[0] == 204
        door.shutdown()
    told = [one for request in heard for one in Twilio(TwilioAccount(SID, TOKEN)).read(request)]
    assert len(told) == 2
