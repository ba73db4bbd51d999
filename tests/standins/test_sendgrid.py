"""The stand-in in a process of its own, as tests that kill the sender use it; and what it fills, and complains of."""

import subprocess
import sys
from pathlib import Path

import pytest

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.sendgrid import SendGrid, SendGridAccount
from tests.providers.people import merge
from tests.standins.sendgrid import KEY, read_taken
from tests.standins.sendgridmail import complaints, merged

PLAN = '{"limit": 3, "faults": [{"phase": "after", "action": "drop", "after": 1, "times": 1}]}'


def test_it_serves_until_its_input_ends(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    command = [sys.executable, "-m", "tests.standins.sendgrid", "--plan", PLAN, "--ledger", str(ledger)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port, authority = process.stdout.readline().split()
        account = SendGridAccount(KEY, f"https://localhost:{port}", 5, Path(authority))
        with SendGrid(account).open() as session:
            receipts = session.send([merge(number) for number in range(15)])
        process.communicate("")
    assert process.returncode == 0
    assert [receipt.outcome for receipt in receipts[::5]] == [Outcome.ACCEPTED, Outcome.UNSURE, Outcome.LATER]
    assert [taken.attempt for taken in read_taken(ledger)] == [f"delivery{number}-1" for number in range(10)]


MAIL = {
    "personalizations": [{"to": [{"email": "a@example.org"}], "subject": "S"}],
    "from": {"email": "b@example.org"},
    "content": [{"type": "text/plain", "value": "x"}],
}
PERSON = {"to": [{"email": "a@example.org"}], "subject": "S"}
TOO_MANY = [{**PERSON, "to": [{"email": f"a{number}@example.org"}]} for number in range(1001)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, None),
        ({"personalizations": []}, "personalizations"),
        ({"personalizations": [PERSON] * 2}, "personalizations"),
        ({"personalizations": TOO_MANY}, "personalizations"),
        ({"personalizations": [{**PERSON, "to": [{"email": "a@"}]}]}, "personalizations.0.to.0.email"),
        ({"personalizations": [{**PERSON, "to": []}]}, "personalizations.0.to"),
        ({"personalizations": [{**PERSON, "subject": ""}]}, "personalizations.0.subject"),
        ({"personalizations": [{**PERSON, "custom_args": {"n": 1}}]}, "personalizations.0.custom_args"),
        ({"personalizations": [{**PERSON, "substitutions": {"t": "x" * 10_000}}]}, "personalizations.0.substitutions"),
        ({"personalizations": [{**PERSON, "headers": {"To": "x"}}]}, "personalizations.0.headers.To"),
        ({"headers": {"X-A": "b\r\nc"}}, "headers.X-A"),
        ({"from": {"email": "x"}}, "from.email"),
        ({"content": []}, "content"),
        ({"content": [{"type": "text/plain", "value": ""}]}, "content.0.value"),
    ],
)  # fmt: skip
def test_what_it_complains_of(change: dict[str, object], field: str | None) -> None:
    found = list(complaints({**MAIL, **change}, ()))
    assert (found[0][0] if found else None) == field


def test_it_replaces_in_what_was_put_in_place_too() -> None:
    mail = {"content": [{"type": "text/plain", "value": "a"}]}
    person = {"subject": "a", "substitutions": {"a": "b", "b": "c"}}
    assert merged(mail, person).text == "c"
    assert merged(mail, person, "reversed").text == "b"
