"""`broadcaster bounce`: what a mail system's pipe gives it, and how it ends."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commandline import Said, command, environment
from tests.providers.test_smtp_bounce import BOUNCES
from tests.services.stage import edit, sql

UNKNOWN = (BOUNCES / "postfix-unknown.eml").read_bytes()


def piped(folder: Path, data: bytes, *words: str) -> Said:
    """Run it as a mail system does: a process of its own, the message on its standard input."""
    done = subprocess.run(
        command(folder, "bounce", *words),
        input=data,
        capture_output=True,
        check=False,
        timeout=200,
        env=environment({}),
    )
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_a_bounce_is_taken(folder: Path) -> None:
    said = piped(folder, UNKNOWN)
    assert (said.code, said.out) == (0, "Taken: bounced.\n")
    assert sql(folder, "SELECT provider, key FROM reports") == [
        ("smtp", "m5y6xq6i6vhuu5lzqeiipmc7pm:bounced:address-unknown:1")
    ]


@pytest.mark.parametrize("data", [b"", b"\x00\xff" * 1000, (BOUNCES / "no-vacation.eml").read_bytes()])
def test_what_is_no_bounce_is_taken_too_so_that_nobody_bounces_it(folder: Path, data: bytes) -> None:
    said = piped(folder, data)
    assert (said.code, said.out, said.err) == (0, "No bounce of ours; nothing was changed.\n", "")
    assert sql(folder, "SELECT count(*) FROM reports") == [(0,)]


def test_the_envelope_can_be_told(folder: Path) -> None:
    data = re.sub(rb"To: bounces[^\n]*", b"To: nobody", (BOUNCES / "qmail-unknown.eml").read_bytes())
    to = "bounces+relbhawnyfsyv4vqrboh3sjhm4@letters.example"
    assert piped(folder, data).out.startswith("No bounce")
    assert piped(folder, data, "--to", to).out == "Taken: bounced.\n"


def test_a_large_message_is_read_to_its_end(folder: Path) -> None:
    """Whoever writes into the pipe is not cut off: mail systems take that for a failure."""
    process = subprocess.Popen(
        command(folder, "bounce"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment({})
    )
    assert process.stdin is not None
    process.stdin.write(UNKNOWN + b"x" * 3_000_000)
    process.stdin.flush()
    assert process.communicate(timeout=200)[0] == b"Taken: bounced.\n"
    assert process.returncode == 0


def test_a_ledger_that_cannot_take_it_lets_the_mail_system_keep_it(folder: Path) -> None:
    ledger = folder / "var" / "broadcaster.db"
    ledger.rename(ledger.with_name("aside"))
    ledger.write_text("no ledger")
    said = piped(folder, UNKNOWN)
    assert said.code == 75
    assert "ledger-foreign" in said.err
    ledger.with_name("aside").replace(ledger)
    assert piped(folder, UNKNOWN).code == 0


def test_a_locked_ledger(folder: Path) -> None:
    lock = sqlite3.connect(folder / "var" / "broadcaster.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    try:
        hasty = (
            "import sys; from broadcaster.ledger.database import engines; engines.LOCK_WAIT_SECONDS = 0.1;"
            f"sys.argv = ['broadcaster', '-C', {str(folder)!r}, 'bounce'];"
            "from broadcaster.cli import main; main()"
        )
        done = subprocess.run(
            [sys.executable, "-c", hasty], input=UNKNOWN, capture_output=True, check=False, env=environment({})
        )
    finally:
        lock.close()
    assert done.returncode == 75
    assert b"ledger-locked" in done.stderr


def test_a_project_that_cannot_be_opened(folder: Path, tmp_path: Path) -> None:
    assert piped(tmp_path / "nowhere", UNKNOWN).code == 75
    edit(folder, "config.yaml", "organisation:", "organization:")
    assert piped(folder, UNKNOWN).code == 75


def test_a_wrong_word_is_wrong_usage(folder: Path) -> None:
    assert piped(folder, UNKNOWN, "--too", "x").code == 2
    assert piped(folder, UNKNOWN, "--help").code == 0


def test_it_loads_nothing_that_sends(folder: Path) -> None:
    script = (
        "import sys; sys.argv = ['broadcaster', '-C', sys.argv[1], 'bounce']\n"
        "from broadcaster.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(*sorted(name for name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], input=b"", capture_output=True, check=True, env=environment({})
    )
    loaded = set(done.stdout.decode().split())
    assert "broadcaster.services.feedback.bounce_mail" in loaded
    heavy = {
        "broadcaster.bootstrap.wiring",
        "broadcaster.letters",
        "apscheduler",
        "sendgrid",
        "twilio",
        "litestar",
        "mjml",
    }
    assert loaded & heavy == set()


def test_it_needs_no_home_and_no_terminal(folder: Path) -> None:
    """A mail system starts programs with hardly any environment."""
    done = subprocess.run(
        command(folder, "bounce"),
        input=UNKNOWN,
        capture_output=True,
        check=False,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": os.environ.get("PYTHONPATH", environment()["PYTHONPATH"])},
    )
    assert (done.returncode, done.stdout) == (0, b"Taken: bounced.\n")
